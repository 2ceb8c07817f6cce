"""The application over real HTTP: what it answers, what it refuses, and what it keeps."""

import json
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import Request
from pydantic import SecretStr

from app.application import create_app
from app.config import settings
from app.http.auth import current_user, rate_key
from app.stores.sqlite import SqliteStore

Event = dict[str, Any]
LIMIT = 5


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's settings out of the tests: no key, no delay, no limits in the way."""
    monkeypatch.setattr(settings, "openai_api_key", None)
    monkeypatch.setattr(settings, "title_model", None)
    monkeypatch.setattr(settings, "demo_word_delay", 0)
    monkeypatch.setattr(settings, "environment", "development")
    monkeypatch.setattr(settings, "cors_origins", [])
    monkeypatch.setattr(settings, "rate_limit", f"{LIMIT}/hour")
    monkeypatch.setattr(settings, "rate_limit_storage", SecretStr("async+memory://"))
    monkeypatch.setattr(settings, "session_secret", SecretStr("s" * 32))


def make_store(folder: Path) -> SqliteStore:
    """Return the project's store, where tests may write."""
    return SqliteStore(f"sqlite:///{folder / 'chatkit.db'}")


def named(request: Request) -> str:
    """Say who is asking by a header, so that the tests need neither cookie nor token."""
    return request.headers["x-test-user"]


@contextmanager
def running(folder: Path) -> Generator[str]:
    """Run the application on a port of its own and lend its address."""
    app = create_app(make_store(folder))
    app.dependency_overrides |= {current_user: named, rate_key: named}
    # Bound and listening before the server starts: who connects early waits in the queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def address(configured: None, tmp_path: Path) -> Generator[str]:
    """Lend the address of a running application."""
    with running(tmp_path) as address:
        yield address


@pytest.fixture
def client(address: str) -> Generator[httpx.Client]:
    """Lend a client of somebody new."""
    with somebody(address) as client:
        yield client


def somebody(address: str) -> httpx.Client:
    """Return the client of a user that nobody has been before."""
    return httpx.Client(base_url=address, headers={"x-test-user": uuid4().hex}, timeout=60)


def message(text: str) -> dict[str, Any]:
    """Return what a user sends."""
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}}


def ask(client: httpx.Client, type_: str, **params: Any) -> httpx.Response:
    """Send one of the protocol's requests."""
    return client.post("/chatkit", json={"type": type_, "params": params})


def events(response: httpx.Response) -> list[Event]:
    """Return the events of a stream that came with the headers it needs."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["connection"] == "keep-alive"
    assert response.headers["x-accel-buffering"] == "no"
    return [json.loads(line.removeprefix("data: ")) for line in response.text.splitlines() if line]


def begin(client: httpx.Client, text: str = "Hello") -> str:
    """Begin a thread and return its id."""
    found = events(ask(client, "threads.create", input=message(text)))
    assert not [event for event in found if event["type"] == "error"]
    return str(found[0]["thread"]["id"])


def items(client: httpx.Client, thread_id: str) -> list[dict[str, Any]]:
    """Return the items of a thread, the oldest first."""
    return ask(client, "items.list", thread_id=thread_id, order="asc").json()["data"]


def code(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal, which is JSON with one clear line."""
    error = response.json()["error"]
    assert "\n" not in error["message"]
    return response.status_code, error["code"]


def test_a_question_is_answered_and_kept(client: httpx.Client) -> None:
    """A thread begins, goes on, and is there afterwards, in its order."""
    thread_id = begin(client, "One?")
    events(ask(client, "threads.add_user_message", thread_id=thread_id, input=message("Two?")))
    kinds = [item["type"] for item in items(client, thread_id)]
    assert kinds == ["user_message", "assistant_message"] * 2
    (thread,) = ask(client, "threads.list").json()["data"]
    assert thread["id"] == thread_id
    assert thread["title"]


def test_the_simple_form_says_the_same(client: httpx.Client) -> None:
    """A question in a few fields becomes the protocol's request."""
    page = {"page_context": {"current_chapter": 3}, "selected_text": "for x in y"}
    first = client.post("/assistant/chatkit", json={"query": "One?", "context": page})
    thread_id = events(first)[0]["thread"]["id"]
    again = client.post("/assistant/chatkit", json={"query": "Two?", "thread_id": thread_id})
    assert events(again)
    assert len(items(client, thread_id)) == 4


def test_two_users_do_not_see_each_other(address: str) -> None:
    """Somebody else's thread does not exist."""
    with somebody(address) as alice, somebody(address) as bob:
        thread_id = begin(alice)
        assert ask(bob, "threads.list").json()["data"] == []
        assert ask(bob, "items.list", thread_id=thread_id).json()["data"] == []
        assert code(ask(bob, "threads.get_by_id", thread_id=thread_id)) == (404, "not_found")
        added = ask(bob, "threads.add_user_message", thread_id=thread_id, input=message("Hi"))
        assert code(added) == (404, "not_found")
        assert len(items(alice, thread_id)) == 2


def test_a_reader_who_leaves_finds_what_was_written(
    configured: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is closed in the middle of an answer loses nothing that was written."""
    monkeypatch.setattr(settings, "demo_word_delay", 0.05)
    body = {"type": "threads.create", "params": {"input": message("Hello")}}
    with running(tmp_path) as address, somebody(address) as client:
        with client.stream("POST", "/chatkit", json=body) as response:
            found = (json.loads(line[6:]) for line in response.iter_lines() if line)
            thread_id = next(found)["thread"]["id"]
            next(event for event in found if "delta" in event.get("update", {}))
        deadline = monotonic() + 30
        while len(kept := items(client, thread_id)) < 2:
            assert monotonic() < deadline
        assert kept[1]["type"] == "assistant_message"
        # Fewer words than the whole answer, which takes seconds.
        assert 0 < len(kept[1]["content"][0]["text"].split()) < 40


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "invalid_json")),
        (b"[]", (422, "invalid_request")),
        (b'{"type": "threads.burn"}', (422, "unknown_type")),
        (b'{"type": "threads.list", "params": {"limit": -5}}', (422, "invalid_request")),
        (b'{"type": "threads.get_by_id", "params": {}}', (422, "invalid_request")),
        (b" " * 300_000, (413, "too_large")),
    ],
)
def test_what_is_asked_wrongly_is_refused(
    client: httpx.Client, content: bytes, expected: tuple[int, str]
) -> None:
    """Never a crash, and always one clear line."""
    headers = {"content-type": "application/json"}
    assert code(client.post("/chatkit", content=content, headers=headers)) == expected

    def in_chunks() -> Iterator[bytes]:
        yield content

    # Without an announced length the same holds.
    assert code(client.post("/chatkit", content=in_chunks(), headers=headers)) == expected


def test_only_json_of_this_site_is_read(client: httpx.Client) -> None:
    """Other sites' pages can send neither in a visitor's name."""
    body = json.dumps({"type": "threads.list", "params": {}})
    text = client.post("/chatkit", content=body, headers={"content-type": "text/plain"})
    assert code(text) == (415, "not_json")
    foreign = {"content-type": "application/json", "origin": "https://elsewhere.example"}
    assert code(client.post("/chatkit", content=body, headers=foreign)) == (403, "foreign_origin")


def test_each_user_has_a_limit(address: str) -> None:
    """Whoever asks too often is told how long to wait; the next one is not."""
    with somebody(address) as alice, somebody(address) as bob:
        for _ in range(LIMIT):
            begin(alice)
        refused = ask(alice, "threads.create", input=message("Again"))
        assert code(refused) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) > 0
        assert begin(bob)


def test_it_is_alive_and_ready(client: httpx.Client) -> None:
    """Both questions that a platform asks are answered without a user."""
    del client.headers["x-test-user"]
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok", "store": "up"}


def test_the_page_loads_from_here_only(client: httpx.Client) -> None:
    """The sample page and its script are served under a strict policy."""
    page = client.get("/")
    if page.status_code == 404:
        pytest.skip("the pages were deleted")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client.get("/web/chat.js").status_code == 200
