"""A generated application that searches, and its ingest command as a process."""

import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.apps import Combination, write

PATIENCE = 60.0  # Seconds; what waits for ever must fail its test, not hang the run.


@functools.cache
def project() -> Path:
    """Return the folder of an application on SQLite that searches."""
    folder = Path(tempfile.mkdtemp(prefix="chatkit-forge-search-"))
    write(Combination("sqlite", rag=True), folder)
    return folder


def lesson(docs: Path, file: str, *sections: str) -> None:
    """Write a lesson with one section, and so one chunk, for each text."""
    (docs / file).parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"## Section {number}\n\n{text}\n\n" for number, text in enumerate(sections))
    (docs / file).write_text(text, encoding="utf-8")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with these settings and none of the machine's own keys."""
    return {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **settings}


def starting(docs: Path, settings: Mapping[str, str], stderr: int) -> subprocess.Popen[str]:
    """Start the command; `stderr` is a file descriptor or subprocess.PIPE."""
    return subprocess.Popen(
        [sys.executable, "-m", "app.ingest", str(docs)],
        cwd=project(),
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def ingest(docs: Path, settings: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the command to its end; return its exit code, what it printed, and its errors."""
    process = starting(docs, settings, subprocess.PIPE)
    try:
        printed, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, printed, errors
