"""The browser of the tests: one that is there, else what apt has."""

import os
from pathlib import Path

import pytest

from .servers import chromium, urls
from .servers.errors import ServerUnavailableError

# Offers what stands in a folder beside it, as apt does.
APT_GET = """#!/bin/sh
here=$(/usr/bin/dirname "$0")
case "$*" in *" install "*) ;; *) exit 0 ;; esac
for package; do
  case $package in chromium*)
    /bin/cp "$here/offered/$package" "$here" 2>/dev/null ||
      { echo "E: Unable to locate package $package"; exit 100; } ;;
  esac
done
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder with programs, where root has an apt-get."""
    program(tmp_path / "apt-get", APT_GET)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(urls.variable("chromium"), raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def program(path: Path, text: str = "#!/bin/sh\n") -> None:
    """Write something that can be run."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("there", "offered", "used"),
    [
        (None, ("chromium", "chromium-headless-shell"), "chromium-headless-shell"),
        (None, ("chromium",), "chromium"),
        ("google-chrome", ("chromium-headless-shell",), "google-chrome"),
    ],
)
def test_a_browser_is_installed_where_there_is_none(
    there: str | None, offered: tuple[str, ...], used: str, machine: Path
) -> None:
    """Take the shell where apt has one, Chromium elsewhere, and any browser that is there."""
    for package in offered:
        program(machine / "offered" / package)
    if there:
        program(machine / there)
    chromium.obtain()
    assert chromium.path() == str(machine / used)


def test_a_browser_that_cannot_be_had_is_told(machine: Path) -> None:
    """Name the package that everybody knows, and what apt said of it."""
    with pytest.raises(ServerUnavailableError, match="locate package chromium;"):
        chromium.obtain()
