"""A generated application that searches, and its ingest command as a process."""

import functools
import os
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from tests.apps import Combination, write
from tests.warm import WarmProcess

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


def starting(docs: Path, settings: Mapping[str, str], output: Path) -> WarmProcess:
    """Start the command; what it prints goes to a file, its errors to another beside that."""
    module, folder = ["app.ingest", str(docs)], project()
    return WarmProcess(module, folder, environment(settings), output, errors_of(output))


def errors_of(output: Path) -> Path:
    """Return the file that holds the errors of a command with this output."""
    return output.with_suffix(".errors")


def ingest(docs: Path, settings: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the command to its end; return its exit code, what it printed, and its errors."""
    output = docs.parent / f"{uuid.uuid4().hex}.printed"
    process = starting(docs, settings, output)
    try:
        code = process.wait(PATIENCE)
    finally:
        process.kill()
    return code, output.read_text(encoding="utf-8"), errors_of(output).read_text(encoding="utf-8")
