"""What each released SDK offers, in one data file: for checks where no SDK is installed.

`requirements/record_sdk.py` writes the file from the released versions.
"""

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

from .errors import ToolBroken
from .sdk_facts import SdkFacts

FILE = Path(__file__).resolve().parent / "sdk_versions.json.xz"


def newest() -> SdkFacts:
    """Return the facts of the newest version on record."""
    return facts(versions()[-1])


def versions() -> list[str]:
    """Return the versions on record, oldest first."""
    return sorted(_texts(), key=_order)


def facts(version: str) -> SdkFacts:
    """Return the facts of a version on record; raises KeyError for another."""
    return SdkFacts.from_json(json.dumps(_texts()[version]))


def since(name: str) -> str | None:
    """Return the first version that calls something deprecated.

    A class or a field goes by its full name, a method by its own.
    """
    owner, _, last = name.rpartition(".")
    for version in versions():
        classes: dict[str, Any] = _texts()[version]["classes"]
        about = [classes[name]] if name in classes else []
        about += [c["methods"][name] for c in classes.values() if name in c["methods"]]
        fields: dict[str, Any] = classes[owner]["fields"] if owner in classes else {}
        about += [fields[last]] if last in fields else []
        if any(each.get("deprecated") is not None for each in about):
            return version
    return None


def first_with(module: str, name: str) -> str | None:
    """Return the first version whose module binds a name, None when none ever did."""
    for version in versions():
        if name in _texts()[version]["modules"].get(module, ()):
            return version
    return None


def last_with(module: str, name: str) -> str | None:
    """Return the last version whose module binds a name, None when none ever did."""
    for version in reversed(versions()):
        if name in _texts()[version]["modules"].get(module, ()):
            return version
    return None


@cache
def _texts() -> dict[str, dict[str, Any]]:
    try:
        return json.loads(lzma.decompress(FILE.read_bytes()))
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise ToolBroken(f"{FILE.name} is damaged ({error}); reinstall chatkit-forge") from error


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
