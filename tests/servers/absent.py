"""What this machine may do without, and the tests that are left out there.

The four databases are never done without. The rest is obligatory where it can be installed, and
in CI always: elsewhere its tests are deselected, and the run says so in a line each.
"""

import os
import shutil
from collections.abc import Iterable, Mapping

VARIABLE = "CHATKIT_FORGE_LEFT_OUT"
# By the names that `pytest.mark.needs(...)` uses.
WITHOUT: Mapping[str, str] = {
    "pgbouncer": "the store behind a pooler",
    "mongod": "MongoDB nodes that are killed",
    "redis": "rate limits in Redis",
    "chromium": "the page in a browser",
}


def obligatory() -> bool:
    """Say whether everything has to be had here: in CI, and where root has apt-get."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        return True
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def left_out() -> frozenset[str]:
    """Return what this run does without; raises ValueError where it may not, or does not know it.

    The servers' own command decides and tells: asking again in every worker might differ.
    """
    names = frozenset(os.environ.get(VARIABLE, "").split())
    if unknown := names - WITHOUT.keys():
        raise ValueError(f"{VARIABLE}: nothing is called {', '.join(sorted(unknown))}")
    if names and obligatory():
        raise ValueError(f"{VARIABLE}: here nothing is left out, {' '.join(sorted(names))} neither")
    return names


def told(names: Iterable[str]) -> str:
    """Return the value of `VARIABLE` that says what is left out."""
    return " ".join(sorted(names))
