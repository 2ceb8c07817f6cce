"""Speak the ChatKit protocol over HTTP, as a page does."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

Event = dict[str, Any]


def body(type_: str, params: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the body of a request."""
    return {"type": type_, "params": params, **more}


def message(text: str, attachments: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what the user sends."""
    return {
        "content": [{"type": "input_text", "text": text}],
        "attachments": list(attachments),
        "inference_options": {},
    }


def ask(client: httpx.Client, type_: str, params: dict[str, Any], **more: Any) -> httpx.Response:
    """Send a request and return the whole answer."""
    return client.post("/chatkit", json=body(type_, params, **more))


def call(client: httpx.Client, type_: str, params: dict[str, Any]) -> Any:
    """Send a request that is answered by JSON, and return that."""
    response = ask(client, type_, params)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def stream(client: httpx.Client, type_: str, params: dict[str, Any]) -> list[Event]:
    """Send a request that is answered by a stream, and return its events."""
    response = ask(client, type_, params)
    assert response.status_code == 200, response.text
    return events(response)


def events(response: httpx.Response) -> list[Event]:
    """Return the events of a stream that has ended, and check its form and its headers."""
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["connection"] == "keep-alive"
    assert response.headers["x-accel-buffering"] == "no"
    frames = response.text.split("\n\n")
    assert frames.pop() == ""
    assert all(frame.startswith("data: ") for frame in frames)
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


@contextmanager
def streaming(
    client: httpx.Client, type_: str, params: dict[str, Any]
) -> Generator[Iterator[Event]]:
    """Lend the events of a stream as they arrive; leaving the block closes the connection."""
    with client.stream("POST", "/chatkit", json=body(type_, params)) as response:
        assert response.status_code == 200, response.read()
        yield (json.loads(line.removeprefix("data: ")) for line in response.iter_lines() if line)


def begin(client: httpx.Client, text: str = "Hello") -> str:
    """Begin a thread, wait for its answer and return its id."""
    found = stream(client, "threads.create", {"input": message(text)})
    assert found[0]["type"] == "thread.created"
    assert not of(found, "error"), found
    return str(found[0]["thread"]["id"])


def of(found: list[Event], type_: str) -> list[Event]:
    """Return the events of one type."""
    return [event for event in found if event["type"] == type_]


def items(client: httpx.Client, thread_id: str) -> list[dict[str, Any]]:
    """Return the items of a thread, the oldest first."""
    return call(client, "items.list", {"thread_id": thread_id, "order": "asc"})["data"]


def texts(found: list[dict[str, Any]]) -> list[str]:
    """Return the texts of messages."""
    return [
        "".join(part["text"] for part in item["content"]) for item in found if "content" in item
    ]
