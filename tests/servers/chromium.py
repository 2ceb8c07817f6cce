"""Chromium from the machine's packages, for the tests that open the page in a real browser."""

import os
import shutil

from . import apt
from .errors import ServerUnavailableError
from .urls import variable

# Debian's name, Ubuntu's, and Chrome's own.
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def obtain() -> None:
    """Install Chromium if the machine has none."""
    if _found() is None:
        apt.install("chromium", "chromium", "fonts-liberation")


def path() -> str:
    """Return the path of the browser; raises ServerUnavailableError where there is none."""
    found = _found()
    if found is None:
        raise ServerUnavailableError("chromium", "run the tests by `make test`, which installs it")
    return found


def _found() -> str | None:
    given = os.environ.get(variable("chromium"))
    return given or next(filter(None, map(shutil.which, _NAMES)), None)
