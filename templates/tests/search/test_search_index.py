"""Scopes filter, the reader's place lifts what is close, and several queries give one answer."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import get_ident

import pytest
from app.config import settings
from app.ingest import ingest
from app.search.connection import Connection
from app.search.errors import SearchUnavailableError, UnknownPlaceError, WrongCollectionError
from app.search.index import SearchIndex
from app.search.lexical import LexicalEmbedder
from app.search.passages import Passage
from app.search.ranking import Boosts, Place, SearchScope
from qdrant_client import AsyncQdrantClient

NOWHERE = Place(None, None)
LESSONS = {
    "chapter-01/intro.md": "Python repeats with loops.",
    "chapter-01/loops.md": "Python repeats with loops.",
    "chapter-02/intro.md": "Python repeats with loops.",
    "chapter-02/lists.md": "A list holds values in order.",
}


def searching(
    folder: Path, search: Callable[[SearchIndex], Awaitable[list[Passage]]], boosts: Boosts
) -> list[str]:
    """Return the files that a search finds in the lessons above, best first."""
    for file, text in LESSONS.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")

    async def run() -> list[str]:
        index = SearchIndex(Connection(path=":memory:"), LexicalEmbedder(), "lessons", boosts)
        try:
            await ingest(index, folder)
            return [passage.file for passage in await search(index)]
        finally:
            await index.aclose()

    return asyncio.run(run())


def found(
    folder: Path,
    scope: SearchScope,
    place: Place,
    *queries: str,
    boosts: Boosts | None = None,
) -> list[str]:
    """Return the files found in a scope, by default with the boosts of the settings."""
    boosts = boosts or Boosts(settings.chapter_boost, settings.lesson_boost)
    asked = queries or ("how does python repeat",)
    return searching(folder, lambda index: index.find(asked, scope, place, 8), boosts)


def test_the_current_page_is_its_chapter_and_lesson(tmp_path: Path) -> None:
    """A lesson of the same name in another chapter is another page."""
    assert found(tmp_path, "current_page", Place(2, "intro")) == ["chapter-02/intro.md"]


def test_the_current_chapter_is_nothing_else(tmp_path: Path) -> None:
    """All lessons of the chapter, and no other, however well it fits."""
    files = found(tmp_path, "current_chapter", Place(2, "intro"), "repeats", "values in order")
    assert set(files) == {"chapter-02/intro.md", "chapter-02/lists.md"}


@pytest.mark.parametrize("place", [NOWHERE, Place(None, "intro"), Place(2, None)])
def test_a_strict_scope_without_its_place_is_not_a_full_search(
    tmp_path: Path, place: Place
) -> None:
    """What is not known is said, and nothing is searched."""
    with pytest.raises(UnknownPlaceError):
        found(tmp_path, "current_page", place)
    if place.chapter is None:
        with pytest.raises(UnknownPlaceError):
            found(tmp_path, "current_chapter", place)


def test_the_full_book_prefers_the_readers_place(tmp_path: Path) -> None:
    """Among equals the reader's lesson comes first, then the chapter, then the rest."""
    (first, second, third) = found(tmp_path, "full_book", Place(1, "loops"))[:3]
    assert (first, second, third) == (
        "chapter-01/loops.md",
        "chapter-01/intro.md",
        "chapter-02/intro.md",
    )
    assert found(tmp_path, "full_book", Place(2, "intro"))[0] == "chapter-02/intro.md"


def test_a_lesson_is_preferred_in_its_own_chapter_only(tmp_path: Path) -> None:
    """The lesson's boost does not lift its namesake in another chapter."""
    boosts = Boosts(chapter=1.0, lesson=2.0)
    for chapter in (1, 2):
        files = found(tmp_path, "full_book", Place(chapter, "intro"), boosts=boosts)
        assert files[0] == f"chapter-0{chapter}/intro.md"


def test_boosts_are_settings(tmp_path: Path) -> None:
    """With boosts of 1 the best text wins, wherever the reader is; with high ones the place."""
    asked = "values repeats in order in a list"
    plain, high = Boosts(1.0, 1.0), Boosts(50.0, 1.0)
    assert found(tmp_path, "full_book", Place(1, None), asked, boosts=plain)[0] == (
        "chapter-02/lists.md"
    )
    assert found(tmp_path, "full_book", Place(1, None), asked, boosts=high)[0].startswith(
        "chapter-01/"
    )


def test_several_queries_give_each_passage_once(tmp_path: Path) -> None:
    """Answers are merged: no passage twice, and each query's best among them."""
    files = found(tmp_path, "full_book", NOWHERE, "repeats", "python loops", "list of values")
    assert len(files) == len(set(files))
    assert set(files) == set(LESSONS)


def test_what_has_nothing_in_common_is_not_found(tmp_path: Path) -> None:
    """An answer without passages is better than one with wrong passages."""
    assert found(tmp_path, "full_book", NOWHERE, "ξψ") == []


@pytest.mark.parametrize("query", ["the of", "?!", "🙂"])
def test_a_query_without_words_finds_nothing(tmp_path: Path, query: str) -> None:
    """A vector of nothing is like no other, and disturbs no other query."""
    assert found(tmp_path, "full_book", NOWHERE, query) == []
    assert found(tmp_path, "full_book", NOWHERE, query, "values in order")


def test_the_event_loop_turns_during_a_search(tmp_path: Path) -> None:
    """Embedded Qdrant works without awaiting anything, so that it has a thread of its own."""

    async def run() -> tuple[int, int]:
        connection = Connection(path=str(tmp_path / "qdrant"))
        loop_thread = get_ident()

        async def where(client: AsyncQdrantClient) -> int:
            await client.get_collections()
            return get_ident()

        try:
            return loop_thread, await connection.run(where)
        finally:
            await connection.aclose()

    loop_thread, work_thread = asyncio.run(run())
    assert work_thread != loop_thread


def test_a_collection_that_was_never_filled_says_how(tmp_path: Path) -> None:
    """The command that fills it is named."""

    async def run() -> None:
        connection = Connection(path=str(tmp_path / "qdrant"))
        index = SearchIndex(connection, LexicalEmbedder(), "lessons", Boosts(1, 1))
        try:
            await index.find(["loops"], "full_book", NOWHERE, 8)
        finally:
            await index.aclose()

    with pytest.raises(WrongCollectionError, match=r"python -m app\.ingest"):
        asyncio.run(run())


def test_a_folder_has_one_client(tmp_path: Path) -> None:
    """A second one is refused in one line; after the first has closed it is let in."""

    async def run() -> None:
        first = Connection(path=str(tmp_path / "qdrant"))
        second = Connection(path=str(tmp_path / "qdrant"))
        await first.run(lambda client: client.get_collections())
        with pytest.raises(SearchUnavailableError, match="in use by another process"):
            await second.run(lambda client: client.get_collections())
        await first.aclose()
        await second.run(lambda client: client.get_collections())
        await second.aclose()

    asyncio.run(run())


def test_a_closed_connection_opens_again(tmp_path: Path) -> None:
    """Closing twice is quiet, and what is used afterwards works."""

    async def run() -> None:
        connection = Connection(path=str(tmp_path / "qdrant"))
        for _ in range(2):
            await connection.run(lambda client: client.get_collections())
            await connection.aclose()
            await connection.aclose()

    asyncio.run(run())


def test_closing_lets_nobody_wait(tmp_path: Path) -> None:
    """Work that goes on when the connection is closed is cancelled, and its caller hears of it."""

    async def run() -> None:
        connection = Connection(path=str(tmp_path / "qdrant"))
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def endless(client: AsyncQdrantClient) -> None:
            loop.call_soon_threadsafe(begun.set)
            await asyncio.Event().wait()

        waiting = asyncio.create_task(connection.run(endless))
        await begun.wait()
        await connection.aclose()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(run())
