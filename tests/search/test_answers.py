"""What a search finds reaches the user: over HTTP, through a model's API, into the store."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.application import Application, serving
from tests.http.protocol import call, events, message, stream
from tests.provider.script import Call, Say
from tests.provider.stand_in import StandIn, standing_in

from .project import ingest, lesson, project
from .qdrant_server import KEY, Server, qdrant

SEARCH = Call(
    "search_content",
    {"queries": ["repeats"], "search_scope": "current_page", "chapter": None, "lesson": None},
)
PAGE = {"current_chapter": 3, "current_lesson": "loops"}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Return a folder of two lessons."""
    lesson(tmp_path / "docs", "chapter-03/loops.md", "A loop repeats.")
    lesson(tmp_path / "docs", "chapter-04/functions.md", "A function repeats nothing.")
    return tmp_path / "docs"


@pytest.fixture
def provider() -> Generator[StandIn]:
    """Lend a model's API."""
    with standing_in() as stand_in:
        yield stand_in


def settings(tmp_path: Path, provider: StandIn) -> dict[str, str]:
    """Return the settings of an application on an embedded collection."""
    return {
        "DATABASE_URL": f"sqlite:///{tmp_path}/chat.db",
        "QDRANT_PATH": str(tmp_path / "q"),
        "OPENAI_API_KEY": "sk-stand-in",
        "OPENAI_BASE_URL": provider.base_url,
        "PROVIDER_RETRIES": "0",
        "BOOK_BASE_URL": "https://book.example",
    }


def created(client: httpx.Client, text: str) -> list[dict[str, Any]]:
    """Begin a thread on the page, and return the events of the answer."""
    body = {
        "type": "threads.create",
        "params": {"input": message(text)},
        "metadata": {"page_context": PAGE},
    }
    return events(client.post("/chatkit", json=body))


def answered(happened: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of the answer as the stream had it at its end."""
    (done,) = (
        event["item"]["content"][0]
        for event in happened
        if event["type"] == "thread.item.done" and event["item"]["type"] == "assistant_message"
    )
    return done


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_citations_are_annotations_in_the_stream_and_in_the_store(
    api: str, docs: Path, tmp_path: Path, provider: StandIn
) -> None:
    """The model searches the reader's page, cites it, and the reader gets a link to it."""
    chosen = {**settings(tmp_path, provider), "OPENAI_API": api}
    assert ingest(docs, chosen)[0] == 0
    provider.will(SEARCH)
    provider.will(Say("It repeats [1], as code `items[1]` shows."))
    with serving(project(), chosen, ["app"]) as application, application.client() as client:
        happened = created(client, "What does a loop do?")
        content = answered(happened)
        (annotation,) = content["annotations"]
        assert annotation["index"] == len("It repeats [1]")
        assert annotation["source"] == {
            "type": "url",
            "title": "Section 0",
            "description": "Chapter 3, lesson loops",
            "url": "https://book.example/chapter-03/loops",
        }
        thread_id = happened[0]["thread"]["id"]
        stored = call(client, "items.list", {"thread_id": thread_id, "order": "desc"})
        (kept,) = (item for item in stored["data"] if item["type"] == "assistant_message")
        assert kept["content"] == [content]
        # What the tool told the model: the page's passage alone, under its number.
        (told,) = tool_answers(provider)
        assert "[1] Section 0 (chapter 3, lesson loops)" in told
        assert "function" not in told

        # The next turn begins with no sources: an old number leads nowhere.
        provider.will(Say("As I said [1]."))
        asked = {"thread_id": thread_id, "input": message("Again?")}
        assert answered(stream(client, "threads.add_user_message", asked))["annotations"] == []


def tool_answers(provider: StandIn) -> Iterator[str]:
    """Yield what the tool answered in the last request, in either API's form."""
    body = provider.requests[1].body
    for item in body.get("input") or body["messages"]:
        if item.get("type") == "function_call_output":
            yield item["output"]
        elif item.get("role") == "tool":
            yield item["content"]


@pytest.fixture
def server() -> Generator[Server]:
    """Lend a Qdrant server."""
    with qdrant() as running:
        yield running


def test_a_server_is_filled_indexed_and_searched(
    docs: Path, tmp_path: Path, provider: StandIn, server: Server
) -> None:
    """With a URL nothing is embedded: the key is sent, what filters ask for is indexed."""
    chosen = {
        **settings(tmp_path, provider),
        "QDRANT_URL": server.url,
        "QDRANT_API_KEY": KEY,
    }
    code, printed, _ = ingest(docs, chosen)
    assert (code, "2 written (2 chunks)" in printed) == (0, True)
    assert server.indexed == {
        "file": "keyword",
        "digest": "keyword",
        "number": "integer",
        "chapter": "integer",
        "lesson_keys": "keyword",
    }
    assert "2 unchanged" in ingest(docs, chosen)[1]
    with serving(project(), chosen, ["app"]) as application, application.client() as client:
        provider.will(SEARCH)
        provider.will(Say("So it is [1]."))
        assert len(answered(created(client, "What does a loop do?"))["annotations"]) == 1
        # The application does not hold a server's collection: it can be filled meanwhile.
        assert ingest(docs, chosen)[0] == 0
        server.refusing = 503
        provider.will(SEARCH)
        provider.will(Say("I cannot look it up."))
        assert answered(created(client, "And now?"))["annotations"] == []
        assert said_in_the_log(application, "failed: Unexpected Response: 503")
    assert not (tmp_path / "q").exists()


def said_in_the_log(application: Application, text: str) -> bool:
    """Return whether the log has the text, on one line and without a traceback."""
    return text in application.log and "Traceback" not in application.log


def test_a_server_that_refuses_the_key_is_one_line(
    docs: Path, tmp_path: Path, provider: StandIn, server: Server
) -> None:
    """A wrong key is named as what it is."""
    chosen = {**settings(tmp_path, provider), "QDRANT_URL": server.url, "QDRANT_API_KEY": "wrong"}
    code, _, errors = ingest(docs, chosen)
    assert code == 2
    assert "401" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    assert "wrong" not in errors
