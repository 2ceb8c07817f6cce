"""Each of the protocol's requests over real HTTP, on each backend."""

import base64
from collections.abc import Generator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from chatkit.types import NonStreamingReq, StreamingReq

from .application import Application
from .protocol import ask, begin, call, items, message, of, stream, texts

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def client(on_each: Application) -> Generator[httpx.Client]:
    """Lend a visitor of an application on each backend."""
    with on_each.client() as client:
        yield client


def show(client: httpx.Client, thread_id: str, kind: str) -> dict[str, Any]:
    """Let the assistant add an item of this kind to the thread and return it."""
    action = {"type": "show", "payload": {"kind": kind}}
    found = stream(client, "threads.custom_action", {"thread_id": thread_id, "action": action})
    return of(found, "thread.item.done")[0]["item"]


def test_create_begins_a_thread_and_answers(client: httpx.Client) -> None:
    """threads.create: a thread, the message, the answer; what was streamed is what is stored."""
    found = stream(client, "threads.create", {"input": message("Hello")})
    thread_id = found[0]["thread"]["id"]
    said, answered = (event["item"] for event in of(found, "thread.item.done"))
    assert said["content"][0]["text"] == "Hello"
    assert answered["content"][0]["text"] == "An answer in several words."
    assert [item["id"] for item in items(client, thread_id)] == [said["id"], answered["id"]]


def test_add_user_message_goes_on_in_the_thread(client: httpx.Client) -> None:
    """threads.add_user_message: a second turn, after the first."""
    thread_id = begin(client)
    params = {"thread_id": thread_id, "input": message("And then?")}
    assert not of(stream(client, "threads.add_user_message", params), "error")
    answer = "An answer in several words."
    assert texts(items(client, thread_id)) == ["Hello", answer, "And then?", answer]


def test_retry_after_item_answers_anew(client: httpx.Client) -> None:
    """threads.retry_after_item: the old answer goes, a new one comes."""
    thread_id = begin(client)
    said, answered = items(client, thread_id)
    params = {"thread_id": thread_id, "item_id": said["id"]}
    assert not of(stream(client, "threads.retry_after_item", params), "error")
    first, second = items(client, thread_id)
    assert first["id"] == said["id"]
    assert second["id"] != answered["id"]


def test_client_tool_output_is_answered(client: httpx.Client) -> None:
    """threads.add_client_tool_output: the call is completed and the assistant goes on."""
    thread_id = begin(client)
    tool_call = show(client, thread_id, "tool")
    params = {"thread_id": thread_id, "result": {"place": "here"}}
    assert not of(stream(client, "threads.add_client_tool_output", params), "error")
    *_, done, answered = items(client, thread_id)
    assert (done["id"], done["status"]) == (tool_call["id"], "completed")
    assert answered["type"] == "assistant_message"


def test_structured_input_is_answered(client: httpx.Client) -> None:
    """threads.add_structured_input: the answers are stored and the assistant goes on."""
    thread_id = begin(client)
    question = show(client, thread_id, "question")
    params = {
        "thread_id": thread_id,
        "item_id": question["id"],
        "input": {"status": "answered", "answers": {"name": {"values": ["Ada"]}}},
    }
    assert not of(stream(client, "threads.add_structured_input", params), "error")
    *_, stored, answered = items(client, thread_id)
    assert stored["inputs"][0]["answer"]["values"] == ["Ada"]
    assert answered["type"] == "assistant_message"


def test_custom_action_reaches_its_handler(client: httpx.Client) -> None:
    """threads.custom_action: what the handler yields is streamed and stored."""
    thread_id = begin(client)
    widget = show(client, thread_id, "widget")
    assert items(client, thread_id)[-1]["id"] == widget["id"]


def test_sync_custom_action_returns_the_widget(client: httpx.Client) -> None:
    """threads.sync_custom_action: the handler's item, as JSON."""
    thread_id = begin(client)
    widget = show(client, thread_id, "widget")
    params = {"thread_id": thread_id, "item_id": widget["id"], "action": {"type": "rename"}}
    found = call(client, "threads.sync_custom_action", params)
    assert found["updated_item"]["id"] == widget["id"]


def test_get_by_id_and_list(client: httpx.Client) -> None:
    """threads.get_by_id and threads.list: the thread with its items, and the list, newest first."""
    first, second = begin(client, "one"), begin(client, "two")
    assert len(call(client, "threads.get_by_id", {"thread_id": first})["items"]["data"]) == 2
    page = call(client, "threads.list", {"limit": 1})
    assert [thread["id"] for thread in page["data"]] == [second]
    assert page["has_more"]
    page = call(client, "threads.list", {"limit": 1, "after": page["after"]})
    assert [thread["id"] for thread in page["data"]] == [first]
    assert not page["has_more"]


def test_items_list_pages(client: httpx.Client) -> None:
    """items.list: page by page from the newest."""
    thread_id = begin(client)
    page = call(client, "items.list", {"thread_id": thread_id, "limit": 1})
    assert page["data"][0]["type"] == "assistant_message"
    assert page["has_more"]
    params = {"thread_id": thread_id, "limit": 5, "after": page["after"]}
    assert texts(call(client, "items.list", params)["data"]) == ["Hello"]


def test_feedback_is_taken(client: httpx.Client) -> None:
    """items.feedback: an empty answer, and the thread stays readable."""
    thread_id = begin(client)
    _, answered = items(client, thread_id)
    params = {"thread_id": thread_id, "item_ids": [answered["id"]], "kind": "positive"}
    assert call(client, "items.feedback", params) == {}
    assert len(items(client, thread_id)) == 2


def test_update_renames_and_delete_deletes(client: httpx.Client) -> None:
    """threads.update and threads.delete: another title, then nothing."""
    thread_id = begin(client)
    assert (
        call(client, "threads.update", {"thread_id": thread_id, "title": "New"})["title"] == "New"
    )
    assert call(client, "threads.list", {})["data"][0]["title"] == "New"
    assert call(client, "threads.delete", {"thread_id": thread_id}) == {}
    assert call(client, "threads.list", {})["data"] == []
    assert ask(client, "threads.get_by_id", {"thread_id": thread_id}).status_code == 404


def test_transcribe_returns_text(client: httpx.Client) -> None:
    """input.transcribe: the bytes arrive, with their type."""
    params = {"audio_base64": base64.b64encode(b"12345").decode(), "mime_type": "audio/ogg;x=1"}
    assert call(client, "input.transcribe", params) == {"text": "5 bytes of audio/ogg"}


def test_attachments_are_created_sent_and_deleted(client: httpx.Client) -> None:
    """attachments.create and attachments.delete, with the upload and a message between them."""
    params = {"name": "dot.png", "size": len(PNG), "mime_type": "image/png"}
    created = call(client, "attachments.create", params)
    upload = created["upload_descriptor"]
    response = client.put(upload["url"], content=PNG, headers=upload["headers"])
    assert response.status_code == 204, response.text
    found = stream(client, "threads.create", {"input": message("Look", (created["id"],))})
    said = of(found, "thread.item.done")[0]["item"]
    assert [attachment["id"] for attachment in said["attachments"]] == [created["id"]]
    assert client.get(f"/attachments/{created['id']}").content == PNG
    assert call(client, "attachments.delete", {"attachment_id": created["id"]}) == {}
    assert client.get(f"/attachments/{created['id']}").status_code == 404


def test_two_visitors_do_not_see_each_other(on_each: Application) -> None:
    """One visitor's thread does not exist for another one, whatever is asked of it."""
    with on_each.client() as alice, on_each.client() as bob:
        thread_id = begin(alice)
        begin(bob)
        said, _ = items(alice, thread_id)
        assert thread_id not in str(call(bob, "threads.list", {}))
        foreign = {"thread_id": thread_id}
        for type_, params in (
            ("threads.get_by_id", foreign),
            ("threads.update", foreign | {"title": "mine"}),
            ("threads.add_user_message", foreign | {"input": message("let me in")}),
            ("threads.retry_after_item", foreign | {"item_id": said["id"]}),
            ("items.feedback", foreign | {"item_ids": [said["id"]], "kind": "negative"}),
        ):
            response = ask(bob, type_, params)
            assert response.status_code == 404, (type_, response.text)
            assert response.json()["error"]["code"] == "not_found"
        assert call(bob, "items.list", foreign)["data"] == []
        assert call(bob, "threads.delete", foreign) == {}
        assert len(items(alice, thread_id)) == 2


def test_the_store_is_ready(client: httpx.Client) -> None:
    """/healthz and /readyz: the process lives, and the store answers."""
    assert client.get("/healthz").json() == {"status": "ok"}
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "store": "up"})


def test_no_request_is_left_out() -> None:
    """The tests above name every type of request that the installed SDK has."""
    kinds = (*get_args(StreamingReq), *get_args(NonStreamingReq))
    names = {kind.model_fields["type"].default for kind in kinds}
    text = Path(__file__).read_text(encoding="utf-8")
    assert len(names) >= 16
    assert {name for name in names if f'"{name}"' not in text} == set()
