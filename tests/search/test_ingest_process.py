"""The ingest command as a process: killed, interrupted, locked out, on a terminal."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from tests.http.application import serving

from .embeddings import Service, embedding
from .project import PATIENCE, environment, errors_of, ingest, lesson, project, starting

# One at the start, and for each new or changed file one for its later chunks and one for the first.
REQUESTS = 5


def first_edition(docs: Path) -> None:
    """Write three lessons."""
    lesson(docs, "chapter-01/stays.md", "stays one", "stays two")
    lesson(docs, "chapter-01/changes.md", "kept", "old", "older")
    lesson(docs, "chapter-02/goes.md", "goes one", "goes two")


def second_edition(docs: Path) -> None:
    """Change one of them, remove one, and add one."""
    lesson(docs, "chapter-01/changes.md", "kept", "new")
    (docs / "chapter-02/goes.md").unlink()
    lesson(docs, "chapter-03/comes.md", "comes one", "comes two")


def points(folder: Path) -> dict[str, object]:
    """Return what the collection holds, by id."""
    client = QdrantClient(path=str(folder))
    try:
        page, _ = client.scroll("lessons", limit=100, with_payload=True, with_vectors=True)
        return {str(point.id): (point.vector, point.payload) for point in page}
    finally:
        client.close()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the collection of the first edition."""
    folder = tmp_path_factory.mktemp("first")
    first_edition(folder / "docs")
    with embedding() as service:
        settings = {**service.settings, "QDRANT_PATH": str(folder / "q")}
        assert ingest(folder / "docs", settings)[0] == 0
    return folder / "q"


@pytest.fixture(scope="module")
def expected(first: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what an ingest of both editions that nobody disturbs leaves."""
    folder = tmp_path_factory.mktemp("undisturbed")
    docs = both_editions(folder, first)
    with embedding() as service:
        settings = {**service.settings, "QDRANT_PATH": str(folder / "q")}
        assert ingest(docs, settings)[0] == 0
        assert service.requests == REQUESTS
    return points(folder / "q")


def both_editions(folder: Path, first: Path) -> Path:
    """Put the collection of the first edition and the lessons of the second into the folder."""
    shutil.copytree(first, folder / "q")
    first_edition(folder / "docs")
    second_edition(folder / "docs")
    return folder / "docs"


def stopped_at(service: Service, request: int, docs: Path, settings: dict[str, str]) -> int:
    """Kill the command while it waits for this request's answer; return its exit code."""
    service.requests, service.hold_at = 0, request
    process = starting(docs, settings, docs.parent / "killed.printed")
    try:
        assert service.reached.wait(PATIENCE)
    finally:
        process.send_signal(signal.SIGKILL)
        code = process.wait(PATIENCE)
    service.released.set()
    service.hold_at = None
    return code


@pytest.mark.parametrize("request_number", range(1, REQUESTS + 1))
def test_a_killed_ingest_is_taken_up_again(
    request_number: int, tmp_path: Path, first: Path, expected: dict[str, object]
) -> None:
    """Wherever SIGKILL strikes, the next run ends where an undisturbed one does, point by point."""
    docs = both_editions(tmp_path, first)
    with embedding() as service:
        settings = {**service.settings, "QDRANT_PATH": str(tmp_path / "q")}
        assert stopped_at(service, request_number, docs, settings) == -signal.SIGKILL
        code, printed, errors = ingest(docs, settings)
        assert (code, errors) == (0, "")
        # What was written to its end before the kill is not written again.
        done = 1 + (request_number - 2) // 2 if request_number > 1 else 1
        assert f"{done} unchanged" in printed
        assert points(tmp_path / "q") == expected


def test_an_interrupted_ingest_says_so(tmp_path: Path) -> None:
    """Ctrl-C is one line and the usual exit code, not a traceback."""
    docs = tmp_path / "docs"
    first_edition(docs)
    with embedding() as service:
        settings = {**service.settings, "QDRANT_PATH": str(tmp_path / "q")}
        service.hold_at = 2
        output = tmp_path / "interrupted.printed"
        process = starting(docs, settings, output)
        assert service.reached.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        code, errors = process.wait(PATIENCE), errors_of(output).read_text(encoding="utf-8")
    assert (code, errors) == (130, "interrupted; the next run goes on from here\n")


def test_an_ingest_beside_the_application_is_one_line(tmp_path: Path) -> None:
    """An embedded collection belongs to one process; the other one is told what to do."""
    docs = tmp_path / "docs"
    first_edition(docs)
    settings = {
        "QDRANT_PATH": str(tmp_path / "q"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/chat.db",
        "DEMO_WORD_DELAY": "0",
    }
    assert ingest(docs, settings)[0] == 0
    with serving(project(), settings, ["app"]) as application:
        with application.client() as client:
            answer = client.post("/assistant/chatkit", json={"query": "stays"})
            assert "I searched the lessons" in answer.text
        code, printed, errors = ingest(docs, settings)
        assert (code, printed) == (2, "")
        assert "is in use by another process" in errors.splitlines()[-1]
        assert "Traceback" not in errors
        application.stop()
    assert ingest(docs, settings)[0] == 0


def test_a_terminal_gets_a_progress_bar(tmp_path: Path) -> None:
    """A person sees how far it is; a log gets no bar."""
    docs = tmp_path / "docs"
    first_edition(docs)
    with embedding() as service:
        settings = {**service.settings, "QDRANT_PATH": str(tmp_path / "q"), "TERM": "xterm"}
        reader, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (24, 80))
        command = [sys.executable, "-m", "app.ingest", str(docs)]
        with subprocess.Popen(
            command,
            cwd=project(),
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        ) as process:
            os.close(terminal)
            process.wait(PATIENCE)
        shown = b""
        try:
            while part := os.read(reader, 65_536):
                shown += part
        except OSError:  # how Linux says that nobody holds the other end any more
            assert shown
        os.close(reader)
        assert b"3/3" in shown
        assert ingest(docs, settings)[2] == ""


def test_a_file_of_which_nothing_is_kept_is_unchanged(tmp_path: Path) -> None:
    """An empty one, or a heading alone; one that has lost its text is a change, once."""
    docs, settings = tmp_path / "docs", {"QDRANT_PATH": str(tmp_path / "q")}
    lesson(docs, "loops.md", "A loop repeats.")
    lesson(docs, "goes.md", "Soon gone.")
    lesson(docs, "empty.md")
    (docs / "heading.md").write_text("# Later\n", encoding="utf-8")
    assert "2 written (2 chunks), 2 unchanged" in ingest(docs, settings)[1]
    lesson(docs, "goes.md")
    assert "1 written (0 chunks), 3 unchanged" in ingest(docs, settings)[1]
    assert "0 written (0 chunks), 4 unchanged" in ingest(docs, settings)[1]
    assert len(points(tmp_path / "q")) == 1


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CHAPTER_BOOST", "much", "CHAPTER_BOOST: input should be a valid"),
        ("CORS_ORIGINS", "x", "CORS_ORIGINS: must be JSON"),
    ],
)
def test_a_setting_of_the_wrong_type_is_one_line(
    variable: str, value: str, said: str, tmp_path: Path
) -> None:
    """As of the application itself: the variable, what is wrong, and exit code 2."""
    lesson(tmp_path / "docs", "loops.md", "A loop repeats.")
    code, printed, errors = ingest(tmp_path / "docs", {variable: value})
    assert (code, printed, errors.count("\n")) == (2, "", 1)
    assert errors.startswith(f"Cannot start: {said}")
