"""Say which package names are taken: by Python itself and by what a store imports."""

import re
import sys
import sysconfig
from importlib import metadata
from importlib.machinery import PathFinder

from .install import STORE_REQUIREMENTS
from .pyproject import Pyproject

# Imported by the contract suite that the generated tests run.
_IN_TESTS = ("pytest", "hypothesis")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def why_taken(name: str, pyproject: Pyproject) -> str | None:
    """Return what a top-level package of this name would hide, None when it is free."""
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
    needed = sorted(owners & _needed())
    return f"the package of {needed[0]}, which stores need" if needed else None


def _needed() -> set[str]:
    """Return every distribution that stores and their tests need, however far down."""
    found: set[str] = set()
    queue = [_normal(line) for line in (*STORE_REQUIREMENTS, *_IN_TESTS)]
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
