"""The agent's tool: what it takes from the page, what it tells the model, and what it collects."""

import asyncio
import json
import logging
from datetime import datetime
from pathlib import Path

import pytest
from agents import RunContextWrapper
from agents.tool_context import ToolContext
from app.assistant.agent_context import AssistantContext
from app.assistant.page import PageContext, PageState, request_context
from app.config import settings
from app.ingest import main
from app.search.index import close_shared_index
from app.search.tool import search_content
from app.stores.sqlite import SqliteStore
from chatkit.types import ThreadMetadata

LESSONS = {
    "chapter-03/loops.md": "# Loops\n\nA loop repeats its body.\n\n## Again\n\nIt repeats again.\n",
    "chapter-03/lists.md": "# Lists\n\nRepeats are allowed in a list.\n",
    "chapter-04/loops.md": "# More loops\n\nNested loops: one repeats within another.\n",
}


@pytest.fixture(autouse=True)
def _collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill a collection of the test's own."""
    monkeypatch.setattr(settings, "qdrant_path", str(tmp_path / "qdrant"))
    monkeypatch.setattr(settings, "qdrant_url", None)
    monkeypatch.setattr(settings, "embedding_model", None)
    monkeypatch.setattr(settings, "book_base_url", "https://book.example/base/")
    for file, text in LESSONS.items():
        (tmp_path / "docs" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / file).write_text(text, encoding="utf-8")
    assert main([str(tmp_path / "docs")]) == 0


def context(chapter: int | None = None, lesson: str | None = None) -> AssistantContext:
    """Return the context of a turn that began on this page."""
    page = PageState(page_context=PageContext(current_chapter=chapter, current_lesson=lesson))
    thread = ThreadMetadata(id="thr_1", created_at=datetime.now())
    # The tool asks the store for nothing, so that it is not connected.
    return AssistantContext.of(thread, SqliteStore(), request_context("u", "r", page))


def called(assistant: AssistantContext, **arguments: object) -> str:
    """Return what the tool answers to a call by the model, made the way the SDK makes it."""

    async def call() -> str:
        text = json.dumps({"chapter": None, "lesson": None, **arguments})
        made: RunContextWrapper[AssistantContext] = ToolContext(
            assistant, tool_name="search_content", tool_call_id="call_1", tool_arguments=text
        )
        try:
            return str(await search_content.on_invoke_tool(made, text))
        finally:
            await close_shared_index()

    return asyncio.run(call())


def files(answer: str) -> set[str]:
    """Return the files of the lessons whose text is in the answer."""
    return {
        file
        for file, text in LESSONS.items()
        if text.splitlines()[2] in answer or text.splitlines()[-1] in answer
    }


def test_the_model_is_told_of_every_parameter() -> None:
    """The schema names the scopes, and describes what each parameter is for."""
    parameters = search_content.params_json_schema["properties"]
    assert parameters["search_scope"]["enum"] == ["current_page", "current_chapter", "full_book"]
    assert list(parameters) == ["queries", "search_scope", "chapter", "lesson"]
    assert all(parameter.get("description") for parameter in parameters.values())


def test_the_page_says_where_current_is() -> None:
    """Without chapter and lesson in the call, those of the page are taken."""
    answer = called(context(4, "loops"), queries=["repeats"], search_scope="current_page")
    assert files(answer) == {"chapter-04/loops.md"}
    answer = called(context(3, "loops"), queries=["repeats"], search_scope="current_chapter")
    assert files(answer) == {"chapter-03/loops.md", "chapter-03/lists.md"}


def test_what_the_model_names_goes_before_the_page() -> None:
    """The user may ask about another chapter than the one on the screen."""
    answer = called(
        context(3, "loops"), queries=["repeats"], search_scope="current_chapter", chapter=4
    )
    assert files(answer) == {"chapter-04/loops.md"}
    answer = called(
        context(3, "loops"), queries=["repeats"], search_scope="current_page", lesson="lists"
    )
    assert files(answer) == {"chapter-03/lists.md"}


def test_the_pages_lesson_is_not_taken_to_another_chapter() -> None:
    """Chapter 4 has a lesson of the same name, but nobody asked about it."""
    answer = called(
        context(3, "loops"), queries=["repeats"], search_scope="current_page", chapter=4
    )
    assert answer.startswith("Not searched: the current lesson is not known.")


@pytest.mark.parametrize("scope", ["current_page", "current_chapter"])
def test_a_strict_scope_on_no_page_says_so(scope: str) -> None:
    """The model learns what to do instead, and nothing is collected."""
    assistant = context()
    answer = called(assistant, queries=["repeats"], search_scope=scope)
    assert answer.startswith("Not searched: the current chapter is not known.")
    assert "full_book" in answer
    assert assistant.sources == []


def test_nothing_to_search_for_says_so() -> None:
    """Blank queries are not sent anywhere."""
    answer = called(context(), queries=[" ", ""], search_scope="full_book")
    assert answer.startswith("There was nothing to search for")


def test_nothing_found_says_so() -> None:
    """The scope is named, so that the model can widen it."""
    answer = called(context(3, "loops"), queries=["ξψ"], search_scope="current_page")
    assert answer == "Nothing was found in the scope 'current_page'."


def test_sources_are_collected_by_the_number_they_are_shown_with() -> None:
    """A page has one number, also in a second search of the same turn."""
    assistant = context(3, "loops")
    first = called(assistant, queries=["repeats its body", "again"], search_scope="current_page")
    assert first.count("[1] Loops (chapter 3, lesson loops)") == 2
    second = called(assistant, queries=["repeats"], search_scope="full_book")
    assert "[1] Loops (chapter 3, lesson loops)" in second
    assert {source.title for source in assistant.sources} == {"Loops", "Lists", "More loops"}
    for number, source in enumerate(assistant.sources, start=1):
        assert f"[{number}] {source.title} (" in second
    assert assistant.sources[0].url == "https://book.example/base/chapter-03/loops"


def test_a_failing_search_is_answered_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The model hears that it cannot search; the log has the reason, the model has not."""
    monkeypatch.setattr(settings, "qdrant_url", "http://127.0.0.1:1")
    with caplog.at_level(logging.ERROR):
        answer = called(context(), queries=["secret question"], search_scope="full_book")
    assert answer.startswith("The lessons cannot be searched right now.")
    assert "127.0.0.1" not in answer
    (record,) = (record for record in caplog.records if record.name == "app.search.tool")
    assert record.getMessage().startswith("search_content: Qdrant at http://127.0.0.1:1 failed")
    assert record.exc_info is None
    assert "secret question" not in caplog.text


def test_arguments_that_make_no_sense_are_answered(caplog: pytest.LogCaptureFixture) -> None:
    """A model that invents a scope does not end the run, and can do better."""
    answer = called(context(), queries=["secret question"], search_scope="everywhere")
    assert answer.startswith("Not searched: the arguments do not fit the parameters.")
    assert "do not fit" in caplog.text
    assert "secret question" not in caplog.text
