"""The collection becomes what the folder is, with no more work than that takes."""

import asyncio
from pathlib import Path

import pytest
from app.config import settings
from app.ingest import main
from app.search.connection import Connection
from app.search.passages import Passage
from pydantic import SecretStr
from qdrant_client import AsyncQdrantClient


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the collection in a folder of the test's own, and write two lessons."""
    monkeypatch.setattr(settings, "qdrant_path", str(tmp_path / "qdrant"))
    monkeypatch.setattr(settings, "qdrant_url", None)
    monkeypatch.setattr(settings, "embedding_model", None)
    docs = tmp_path / "docs"
    write(
        docs,
        "chapter-03/02-loops.md",
        "# Loops\n\nA loop repeats.\n\n## While\n\nWhile it holds.\n",
    )
    write(docs, "chapter-04/01-functions.md", "# Functions\n\nThey take parameters.\n")
    return docs


def write(docs: Path, file: str, text: str) -> None:
    """Write one lesson."""
    (docs / file).parent.mkdir(parents=True, exist_ok=True)
    (docs / file).write_text(text, encoding="utf-8")


def stored() -> dict[str, Passage]:
    """Return everything in the collection by its id."""

    async def read(client: AsyncQdrantClient) -> dict[str, Passage]:
        page, _ = await client.scroll(settings.qdrant_collection, limit=1000, with_payload=True)
        return {str(point.id): Passage.model_validate(point.payload) for point in page}

    async def run() -> dict[str, Passage]:
        connection = Connection(path=settings.qdrant_path)
        try:
            return await connection.run(read)
        finally:
            await connection.aclose()

    return asyncio.run(run())


def test_chunks_are_written_with_all_that_a_search_needs(folder: Path) -> None:
    """Each chunk knows its file, place, title, URL and headings."""
    assert main([str(folder)]) == 0
    found = sorted(stored().values(), key=lambda one: (one.file, one.number))
    assert [one.text for one in found] == [
        "A loop repeats.",
        "While it holds.",
        "They take parameters.",
    ]
    second = found[1]
    assert (second.chapter, second.lesson, second.title) == (3, "02-loops", "Loops")
    assert (second.heading, second.url) == ("Loops > While", "/chapter-03/02-loops")


def test_a_second_run_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unchanged files are skipped, and every point keeps its id."""
    main([str(folder)])
    before = stored()
    capsys.readouterr()
    assert main([str(folder)]) == 0
    assert "0 written (0 chunks), 2 unchanged, 0 removed" in capsys.readouterr().out
    assert stored() == before


def test_a_changed_file_is_replaced(folder: Path) -> None:
    """What is no longer in the file is no longer found; what stayed keeps its id."""
    main([str(folder)])
    before = stored()
    write(folder, "chapter-03/02-loops.md", "# Loops\n\nA loop repeats.\n")
    assert main([str(folder)]) == 0
    after = stored()
    assert "While it holds." not in {one.text for one in after.values()}
    assert after.keys() < before.keys()


def test_a_removed_file_is_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The collection forgets a file that is gone."""
    main([str(folder)])
    (folder / "chapter-04/01-functions.md").unlink()
    assert main([str(folder)]) == 0
    assert "1 removed" in capsys.readouterr().out
    assert {one.file for one in stored().values()} == {"chapter-03/02-loops.md"}


def test_a_bad_file_is_named_and_the_others_are_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One file that cannot be read costs the exit code, and keeps what was known of it."""
    main([str(folder)])
    (folder / "chapter-04/01-functions.md").write_bytes(b"\xff")
    write(folder, "chapter-05/new.md", "New.")
    capsys.readouterr()
    assert main([str(folder)]) == 1
    assert capsys.readouterr().err == "chapter-04/01-functions.md: not UTF-8 (byte 1)\n"
    texts = {one.text for one in stored().values()}
    assert {"New.", "They take parameters."} <= texts


def test_a_folder_without_lessons_empties_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped folder is an error, not the wish to delete everything, `--rebuild` included."""
    main([str(folder)])
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), "--rebuild"]) == 2
    assert main([str(tmp_path / "missing")]) == 2
    said = capsys.readouterr().err
    assert "holds no Markdown file; nothing was changed" in said
    assert "missing is not a folder" in said
    assert len(stored()) == 3


def test_another_embedder_has_to_begin_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Vectors of two embedders do not compare, so that they are never mixed."""
    main([str(folder)])
    monkeypatch.setattr("app.search.lexical._DIMENSIONS", 512)
    assert main([str(folder)]) == 2
    said = capsys.readouterr().err
    assert "was made by lexical-1024 (1024 dimensions), not by lexical-512 (512)" in said
    assert "--rebuild" in said
    assert main([str(folder), "--rebuild"]) == 0
    assert len(stored()) == 3


def test_somebody_elses_collection_is_neither_filled_nor_deleted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A collection that does not say who made it is not ours."""

    async def create() -> None:
        connection = Connection(path=settings.qdrant_path)
        await connection.run(
            lambda client: client.create_collection(settings.qdrant_collection, vectors_config={})
        )
        await connection.aclose()

    asyncio.run(create())
    assert main([str(folder)]) == 2
    assert main([str(folder), "--rebuild"]) == 2
    assert capsys.readouterr().err.count("was not made by app.ingest") == 2
    assert stored() == {}


def test_an_index_in_memory_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be gone with the command that filled it."""
    monkeypatch.setattr(settings, "qdrant_path", ":memory:")
    assert main([str(folder)]) == 2
    assert "would end with this command" in capsys.readouterr().err


def test_a_server_that_is_down_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback: the URL, and what went wrong."""
    monkeypatch.setattr(settings, "qdrant_url", "http://127.0.0.1:1")
    assert main([str(folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{folder}: Qdrant at http://127.0.0.1:1 failed: ")


def test_an_embedding_model_needs_a_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The setting that is missing is named."""
    monkeypatch.setattr(settings, "embedding_model", "text-embedding-3-small")
    monkeypatch.setattr(settings, "openai_api_key", SecretStr(""))
    assert main([str(folder)]) == 2
    assert "OPENAI_API_KEY is not" in capsys.readouterr().err
