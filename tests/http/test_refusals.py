"""What is asked wrongly is refused with a 4xx and one clear line, and never with a 500."""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .application import Application, until
from .protocol import ask, begin, body, call, items, message, stream, texts

LIMIT = 262_144
JSON = {"content-type": "application/json"}
CREATE = body("threads.create", {"input": message("Hello")})


def problem(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal, and check its form."""
    assert response.headers["content-type"] == "application/json", response.text
    assert response.headers["x-request-id"]
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["message"]
    assert "\n" not in error["message"]
    return response.status_code, error["code"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (400, "invalid_json")),
        (b"{", (400, "invalid_json")),
        (b"\xff\xfe", (400, "invalid_json")),
        (b'{"type": "threads.list", "params": {}} trailing', (400, "invalid_json")),
        (b'"\\ud800"', (400, "invalid_json")),
        (b"[" * 100_000, (400, "invalid_json")),
        (b'{"type": "threads.list", "params": {}, "metadata": {"a": NaN}}', (400, "invalid_json")),
        (b'{"type": "threads.list", "params": {}, "x": -Infinity}', (400, "invalid_json")),
        (b"null", (422, "invalid_request")),
        (b"[]", (422, "invalid_request")),
        (b"{}", (422, "unknown_type")),
        (b'{"type": 7}', (422, "unknown_type")),
        (b'{"type": "threads.burn", "params": {}}', (422, "unknown_type")),
    ],
)
def test_what_is_not_a_request_is_refused(
    visitor: httpx.Client, content: bytes, expected: tuple[int, str]
) -> None:
    """Not JSON, not an object, no type, an unknown type."""
    assert problem(visitor.post("/chatkit", content=content, headers=JSON)) == expected


@pytest.mark.parametrize(
    ("type_", "params", "status"),
    [
        ("threads.create", {}, 422),
        ("threads.create", {"input": {"content": "text"}}, 422),
        ("threads.get_by_id", {"thread_id": None}, 422),
        ("threads.get_by_id", {"thread_id": "thr_none"}, 404),
        ("threads.get_by_id", {"thread_id": "x" * 300}, 400),
        ("threads.get_by_id", {"thread_id": "a\x00b"}, 400),
        ("threads.list", {"limit": 0}, 422),
        ("threads.list", {"limit": -5}, 422),
        ("threads.list", {"limit": "many"}, 422),
        ("threads.list", {"limit": 1.5}, 422),
        ("threads.list", {"order": "sideways"}, 422),
        ("threads.list", {"after": "thr_none"}, 404),
        ("items.list", {"thread_id": "thr_none", "limit": -1}, 422),
        ("items.list", {"thread_id": "thr_none", "after": "msg_none"}, 404),
        ("items.feedback", {"thread_id": "x", "item_ids": [], "kind": "meh"}, 422),
        ("items.feedback", {"thread_id": "x", "item_ids": ["i"] * 201, "kind": "positive"}, 422),
        ("threads.update", {"thread_id": "thr_none", "title": "new"}, 404),
        ("threads.update", {"thread_id": "thr_none", "title": None}, 422),
        ("threads.add_user_message", {"thread_id": "thr_none", "input": message("Hi")}, 404),
        ("threads.add_client_tool_output", {"thread_id": "thr_none", "result": 1}, 404),
        ("threads.retry_after_item", {"thread_id": "thr_none", "item_id": "msg_1"}, 404),
        ("threads.custom_action", {"thread_id": "thr_none", "action": {"type": "x"}}, 404),
        ("threads.sync_custom_action", {"thread_id": "thr_none", "action": {"type": "x"}}, 404),
        (
            "threads.add_structured_input",
            {"thread_id": "thr_none", "item_id": "", "input": {}},
            404,
        ),
        ("input.transcribe", {"audio_base64": "a", "mime_type": "audio/ogg"}, 422),
        ("attachments.create", {"name": "a", "size": 1, "mime_type": "text/plain"}, 400),
        ("attachments.delete", {"attachment_id": "atc_1"}, 400),
    ],
)
def test_bad_fields_are_refused(
    visitor: httpx.Client, type_: str, params: dict[str, Any], status: int
) -> None:
    """Fields that are missing or wrong, threads that are not there, parts that are switched off."""
    assert problem(ask(visitor, type_, params))[0] == status


def test_files_are_refused_where_none_are_taken(visitor: httpx.Client) -> None:
    """A message that names a file makes no thread, and goes into none."""
    thread_id = begin(visitor)
    said = {"input": message("Look", ("atc_none",))}
    for type_, params in (
        ("threads.create", said),
        ("threads.add_user_message", said | {"thread_id": thread_id}),
    ):
        assert problem(ask(visitor, type_, params)) == (400, "not_supported")
    (thread,) = call(visitor, "threads.list", {})["data"]
    assert thread["id"] == thread_id
    assert len(items(visitor, thread_id)) == 2


def test_a_limit_beyond_all_measure_is_cut(visitor: httpx.Client) -> None:
    """The wire lets a client ask for 100,000 rows; the store gives what a page may have."""
    assert ask(visitor, "threads.list", {"limit": 10**30}).status_code == 200


def test_what_does_not_fit_the_thread_is_refused(visitor: httpx.Client) -> None:
    """A tool's output that nobody asked for, a retry of what is no message of the user's."""
    thread_id = begin(visitor)
    _, answered = items(visitor, thread_id)
    refused: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
        ("threads.add_client_tool_output", {"result": 1}, (400, "bad_request")),
        ("threads.retry_after_item", {"item_id": answered["id"]}, (400, "bad_request")),
        ("threads.retry_after_item", {"item_id": "msg_none"}, (404, "not_found")),
        (
            "threads.add_structured_input",
            {"item_id": answered["id"], "input": {}},
            (400, "bad_request"),
        ),
        (
            "threads.sync_custom_action",
            {"item_id": answered["id"], "action": {"type": "x"}},
            (400, "bad_request"),
        ),
        ("threads.sync_custom_action", {"action": {"type": "unknown"}}, (404, "not_found")),
    ]
    for type_, params, expected in refused:
        response = ask(visitor, type_, {"thread_id": thread_id} | params)
        assert problem(response) == expected, type_
    assert len(items(visitor, thread_id)) == 2


@pytest.mark.parametrize(
    "metadata",
    [
        {"selected_text": "x" * 10_001},
        {"selected_text": 7},
        {"page_context": "chapter 3"},
        {"page_context": {"current_chapter": "three"}},
        {"page_context": {"current_chapter": -1}},
        {"page_context": {"current_lesson": "x" * 201}},
        {"context_mode": "x" * 65},
    ],
)
@pytest.mark.parametrize("path", ["/chatkit", "/assistant/chatkit"])
def test_a_bad_page_is_refused(visitor: httpx.Client, path: str, metadata: dict[str, Any]) -> None:
    """What a page says about itself is checked in both forms."""
    asked = CREATE | {"metadata": metadata}
    if path == "/assistant/chatkit":
        asked = {"query": "Hello", "context": metadata}
    response = visitor.post(path, json=asked)
    assert problem(response) == (422, "invalid_request")
    assert "xxx" not in response.text


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"query": ""},
        {"query": "  \n"},
        {"query": 7},
        {"query": "x" * 50_001},
        {"query": "Hello", "thread_id": 7},
        {"query": "Hello", "thread_id": ""},
        {"query": "Hello", "threadId": "thr_1"},
        {"query": "Hello", "user_id": "somebody"},
        {"query": "Hello", "context": "chapter 3"},
        {"query": "Hello", "context": {"user_id": "somebody"}},
    ],
)
def test_a_bad_question_is_refused(visitor: httpx.Client, question: dict[str, Any]) -> None:
    """The simple form takes what it knows, and refuses the rest instead of guessing."""
    assert problem(visitor.post("/assistant/chatkit", json=question)) == (422, "invalid_request")


def test_a_question_in_a_thread_that_is_not_there_is_refused(visitor: httpx.Client) -> None:
    """The simple form answers 404 as well, before any header of a stream."""
    question = {"query": "Hello", "thread_id": "thr_none"}
    assert problem(visitor.post("/assistant/chatkit", json=question)) == (404, "not_found")


def test_a_refusal_is_no_error_in_the_log(application: Application, visitor: httpx.Client) -> None:
    """A thread that is not there costs the log one line, not a traceback."""
    before = len(application.log)
    params = {"thread_id": "thr_none", "input": message("Hello")}
    found = ask(visitor, "threads.add_user_message", params)
    assert problem(found) == (404, "not_found")
    until(lambda: found.headers["x-request-id"] in application.log)
    assert "Traceback" not in application.log[before:]
    assert "ERROR" not in application.log[before:]


def test_a_body_of_another_kind_is_refused(visitor: httpx.Client) -> None:
    """Forms and text are what a page of another site can send unasked."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = visitor.post(
            "/chatkit", content=json.dumps(CREATE), headers={"content-type": kind}
        )
        assert problem(response) == (415, "not_json")
    kind = "application/json; charset=utf-8"
    response = visitor.post("/chatkit", content=json.dumps(CREATE), headers={"content-type": kind})
    assert response.status_code == 200


def test_a_body_over_the_limit_is_refused(visitor: httpx.Client) -> None:
    """Announced or in chunks, a body over the limit is a 413, and one at the limit is read."""

    def chunks(size: int) -> Iterator[bytes]:
        for _ in range(size // 1024):
            yield b" " * 1024
        yield b" " * (size % 1024)

    announced = visitor.post("/chatkit", content=b" " * (LIMIT + 1), headers=JSON)
    assert problem(announced) == (413, "too_large")
    chunked = visitor.post("/chatkit", content=chunks(LIMIT + 1), headers=JSON)
    assert problem(chunked) == (413, "too_large")
    for content in (b" " * LIMIT, chunks(LIMIT)):
        read = visitor.post("/chatkit", content=content, headers=JSON)
        assert problem(read) == (400, "invalid_json")


def test_other_paths_and_methods_are_refused_alike(visitor: httpx.Client) -> None:
    """Errors of the framework have the same form as ours."""
    assert problem(visitor.get("/nowhere")) == (404, "not_found")
    assert problem(visitor.get("/chatkit")) == (405, "method_not_allowed")
    assert problem(visitor.get("/openapi.json")) == (404, "not_found")


def test_a_route_of_the_owners_is_answered_alike(
    application: Application, visitor: httpx.Client
) -> None:
    """What an owner adds gets the same errors; a crash is logged with its id, and told as one."""
    assert visitor.get("/inverse/2").json() == 0.5
    assert problem(visitor.get("/inverse/x")) == (422, "invalid_request")
    crashed = visitor.get("/inverse/0", headers={"x-request-id": "crash-1"})
    assert problem(crashed) == (500, "internal_error")
    assert crashed.headers["x-request-id"] == "crash-1"
    assert "division" not in crashed.text
    assert re.search("request crash-1 failed: .*ZeroDivisionError", application.log)


def test_a_body_that_ends_early_is_no_crash(application: Application) -> None:
    """A client that leaves while it sends is noted, and that is all."""
    host, port = application.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /chatkit HTTP/1.1\r\nhost: x\r\nx-request-id: early-1\r\n"
            b"content-type: application/json\r\ncontent-length: 100\r\n\r\n{"
        )
    until(lambda: "[early-1] POST /chatkit 400" in application.log)


def test_the_simple_form_is_answered(application: Application, visitor: httpx.Client) -> None:
    """A question begins a thread, another one goes on in it; the page may come along."""
    context = {
        "page_context": {"current_chapter": 3, "current_lesson": "loops", "title": "Loops"},
        "selected_text": "for x in y",
        "context_mode": "selection",
        "session_id": "s1",
    }
    first = visitor.post("/assistant/chatkit", json={"query": "One?", "context": context})
    assert first.status_code == 200, first.text
    thread_id = json.loads(first.text.split("\n\n")[0].removeprefix("data: "))["thread"]["id"]
    second = visitor.post(
        "/assistant/chatkit", json={"query": "Two?", "thread_id": thread_id, "context": {}}
    )
    assert second.headers["content-type"].startswith("text/event-stream")
    assert [text for text in texts(items(visitor, thread_id)) if "?" in text] == ["One?", "Two?"]
    assert "One?" not in application.log
    assert "for x in y" not in application.log


def test_a_page_in_the_metadata_is_taken(visitor: httpx.Client) -> None:
    """Keys that are not ours are somebody else's, and no error."""
    metadata = {"page_context": {"current_chapter": 3, "x": 1}, "theirs": {"user_id": "root"}}
    response = ask(visitor, "threads.create", {"input": message("Hello")}, metadata=metadata)
    assert response.status_code == 200
    assert stream(visitor, "threads.create", {"input": message("Hello")})
