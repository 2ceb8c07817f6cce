"""Say which package names are taken: by Python itself and by what a store imports."""

import re
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from importlib.machinery import PathFinder

from .install import STORE_REQUIREMENTS
from .pyproject import Pyproject

# Imported by the contract suite that the generated tests run.
_IN_TESTS = ("pytest", "hypothesis")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def why_taken(
    name: str, pyproject: Pyproject, requirements: Iterable[str] = STORE_REQUIREMENTS
) -> str | None:
    """Return what a top-level package of this name would hide, None when it is free.

    `requirements` is what the generated code needs.
    """
    if name in sys.stdlib_module_names:
        return f"Python's own module {name!r}"
    if name == "chatkit_forge":
        return "chatkit-forge"
    if name in set(pyproject.dependencies()) - {pyproject.name()}:
        return f"{name!r}, which this project depends on"
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if PathFinder.find_spec(name, places) is None:
        return None
    # Only a name that is installed gets here: reading every distribution takes a while.
    owners = {_normal(owner) for owner in metadata.packages_distributions().get(name, [])}
    needed = sorted(owners & _needed(requirements))
    return f"the package of {needed[0]}, which the generated code needs" if needed else None


def provided_by(name: str, requirements: Iterable[str]) -> str | None:
    """Return the distribution of this name among what the requirements bring along, else None."""
    wanted = _normal(name)
    return wanted if wanted in _needed(requirements) else None


def _needed(requirements: Iterable[str]) -> set[str]:
    """Return every distribution that the requirements and the tests need, however far down."""
    found: set[str] = set()
    queue = [_normal(line) for line in (*requirements, *_IN_TESTS)]
    while queue:
        name = queue.pop()
        if name in found:
            continue
        found.add(name)
        try:
            requires = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # optional, and not installed here: it provides no name
        queue.extend(_normal(line) for line in requires if "extra ==" not in line)
    return found


def _normal(requirement: str) -> str:
    """Return the normalised distribution name at the start of a requirement."""
    match = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else requirement
