"""The record of released SDKs agrees with the installed one, and tells what changed when."""

import os
import subprocess
import sys
from pathlib import Path

from chatkit_forge import sdk, sdk_record

from .running import BAD, found, write


def test_the_newest_entry_is_what_is_installed() -> None:
    """Reading the installed SDK gives that entry; else `requirements/record_sdk.py` is due."""
    assert sdk.facts() == sdk_record.newest()


def test_versions_are_in_order() -> None:
    """They are ordered by number, not by letter, and each can be read."""
    numbers = [tuple(map(int, version.split("."))) for version in sdk_record.versions()]
    assert numbers == sorted(numbers)
    # What was published before was an empty package.
    real = [version for version in sdk_record.versions() if not version.startswith("0.")]
    assert all(sdk_record.facts(version).classes for version in real)


def test_a_name_that_is_gone_says_until_when(tmp_path: Path) -> None:
    """Whoever follows an older guide learns which version it was for."""
    folder = write(tmp_path / "p", {"a.py": "from chatkit.server import ThreadItemUpdated\n"})
    (entry,) = found(folder)
    assert (entry["code"], entry["hint"]) == (
        "CKF103", f"chatkit 1.3.0 was the last to have it; this is {sdk_record.versions()[-1]}",
    )  # fmt: skip


def test_a_deprecated_name_says_since_when(tmp_path: Path) -> None:
    """The version in which a class changed stands in the hint."""
    source = "from chatkit.widgets import Card\n\nCARD = Card(children=[])\n"
    (entry,) = found(write(tmp_path / "p", {"a.py": source}))
    assert (entry["code"], entry["hint"].partition(";")[0]) == ("CKF117", "since chatkit 1.4.0")


def test_without_types_nothing_heavy_is_imported(tmp_path: Path) -> None:
    """The SDK is read, not run; libcst comes in where something is mended, and only there."""
    folder = write(tmp_path / "p", {"a.py": BAD})
    script = (
        "import sys; from chatkit_forge.__main__ import run; "
        "run(['check', '--no-types', *sys.argv[1:]]); "
        "print(sorted({'chatkit', 'agents', 'libcst', 'pydantic', 'openai'} & set(sys.modules)))"
    )
    for options, wanted in (([], "[]"), (["--fix"], "['libcst']")):
        result = subprocess.run(
            [sys.executable, "-c", script, *options],
            cwd=folder,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.splitlines()[-1] == wanted
