"""`--watch` as a person uses it: a process that goes on, files that change, Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from queue import Queue

import pytest

from .running import BAD, GOOD, write

WATCHING = "watching for changes, Ctrl-C ends"


class Watcher:
    """Run the command, and read what it prints, line by line, without waiting for ever."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatkit_forge", "check", "--no-types", "--watch",
             "--format", "concise"],
            cwd=folder,
            env={**os.environ, "XDG_CACHE_HOME": str(folder.parent / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def next(self) -> str:
        """Return the next line; fails after half a minute."""
        return self._lines.get(timeout=30)

    def rest(self) -> list[str]:
        """Return what is printed up to the end of the process."""
        self._reader.join(timeout=30)
        return [self._lines.get() for _ in range(self._lines.qsize())]

    def until_watching(self) -> list[str]:
        """Return the lines up to the one that says it waits; fails after half a minute."""
        found = [self.next()]
        while WATCHING not in found[-1]:
            found.append(self.next())
        return found


@pytest.fixture
def watcher(tmp_path: Path) -> Generator[Watcher]:
    """Watch a project with a mistake in it; the process is ended in any case."""
    made = Watcher(write(tmp_path / "p", {"a.py": BAD}))
    yield made
    made.process.kill()
    made.process.wait()
    assert made.process.stdout is not None
    made.process.stdout.close()


def test_changes_are_checked_until_ctrl_c(watcher: Watcher, tmp_path: Path) -> None:
    """Each change is looked at, also a new file and wrong settings; Ctrl-C ends it in silence."""
    folder = tmp_path / "p"
    assert any(line.startswith("a.py:3:39: CKF107") for line in watcher.until_watching())
    write(folder, {"a.py": GOOD})
    assert watcher.until_watching() == [f"nothing found; {WATCHING}"]
    write(folder, {"new/b.py": BAD})
    assert any(line.startswith("new/b.py:3:39: CKF107") for line in watcher.until_watching())
    write(folder, {"pyproject.toml": "[tool.chatkit-forge]\ncolour = 1\n"})
    assert "error: pyproject.toml: [tool.chatkit-forge] has no 'colour'" in watcher.next()
    write(folder, {"pyproject.toml": "[tool.chatkit-forge]\nignore = ['CKF107']\n"})
    assert watcher.until_watching() == [f"nothing found; {WATCHING}"]
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.process.wait(timeout=30) == 0
    assert watcher.rest() == []
