"""`--watch`: check again whenever a file of the project has changed, until Ctrl-C."""

import sys
import time
from contextlib import suppress
from pathlib import Path

from . import check_settings
from .check import CheckRequest, check
from .discover import stamps
from .errors import ForgeError

# A look costs a few milliseconds for a thousand files.
_PAUSE_SECONDS = 0.3
_SETTINGS = ("pyproject.toml", "pyrightconfig.json", ".gitignore")

State = list[tuple[str, int, int]]


def watch(request: CheckRequest) -> int:
    """Check, and again after every change; returns 0 when the user has seen enough.

    Raises what the first check raises. Later a file may be half written, the settings too: then
    the error is printed, and the next change looked at.
    """
    first = True
    try:
        while True:
            seen = _state(request.root)
            try:
                found = check(request)
            except ForgeError as error:
                if first:
                    raise
                print(f"error: {error}", file=sys.stderr)
            else:
                start = "" if found else "nothing found; "
                print(f"{start}watching for changes, Ctrl-C ends", file=sys.stderr)
            sys.stdout.flush()
            first = False
            while _state(request.root) == seen:
                time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt:
        return 0


def _state(root: Path) -> State:
    """Return what tells whether anything has changed that a check depends on."""
    try:
        left_out = check_settings.exclude(root)
    except ForgeError:
        left_out = ()  # the settings are wrong at the moment
    state = stamps(root, left_out)
    for name in _SETTINGS:
        with suppress(OSError):  # not there
            about = (root / name).stat()
            state.append((name, about.st_mtime_ns, about.st_size))
    return state
