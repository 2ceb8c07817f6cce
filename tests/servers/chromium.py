"""Chromium from the machine's packages, for the tests that open the page in a real browser.

Its headless shell where there is one: the same engine in half the time, without the windows, menus
and extensions of a browser that nobody looks at.
"""

import os
import shutil

from . import apt
from .errors import ServerUnavailableError
from .urls import variable

_SHELL = "chromium-headless-shell"
# Debian's name, Ubuntu's, and Chrome's own.
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def obtain() -> None:
    """Install a browser if the machine has none: the shell, else Chromium itself."""
    if _found():
        return
    try:
        apt.install("chromium", _SHELL, "fonts-liberation")
    except ServerUnavailableError:  # Ubuntu's apt has no shell
        apt.install("chromium", "chromium", "fonts-liberation")


def path() -> str:
    """Return the path of the browser; raises ServerUnavailableError where there is none."""
    found = _found()
    if found is None:
        raise ServerUnavailableError("chromium", "run the tests by `make test`, which installs it")
    return found


def _found() -> str | None:
    given = os.environ.get(variable("chromium"))
    return given or next(filter(None, map(shutil.which, (_SHELL, *_NAMES))), None)
