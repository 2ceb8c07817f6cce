"""Feedback, widgets' actions and structured input: what is done to items that are there."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from chatkit.types import (
    ClientToolCallItem,
    HiddenContextItem,
    NoticeEvent,
    StructuredInputFreeform,
    StructuredInputItem,
    SyncCustomActionResponse,
    ThreadItemDoneEvent,
    WidgetItem,
)

from .chats import Chat, context, part
from .scripted import say

pytestmark = pytest.mark.anyio
WIDGET = {"type": "Card", "children": [{"type": "Text", "value": "Rain"}]}


async def feedback(chat: Chat) -> Any:
    """Return the feedback that is stored in the thread."""
    load = part("assistant.feedback").load_feedback
    return await load(chat.store, chat.thread_id, chat.context)


async def rate(chat: Chat, kind: str, *item_ids: str) -> None:
    """Give feedback as the page does."""
    await chat.send("items.feedback", thread_id=chat.thread_id, item_ids=[*item_ids], kind=kind)


async def test_the_last_feedback_counts(store: Any) -> None:
    """It is one hidden item each, however often the user changes their mind."""
    chat = Chat(store, [say("One.")], [say("Two.")])
    await chat.ask("First")
    await chat.ask("Second")
    _, one, _, two = [item.id for item in await chat.items()]
    await rate(chat, "positive", one, two)
    await rate(chat, "negative", two)
    assert await feedback(chat) == {one: "positive", two: "negative"}
    assert len(await chat.items()) == 6


async def test_feedback_is_neither_shown_nor_heard(store: Any) -> None:
    """It fills no place in the history either."""
    chat = Chat(store, [say("One.")], [say("Two.")], history_limit=3)
    await chat.ask("First")
    *_, one = await chat.items()
    await rate(chat, "negative", one.id)
    listed = await chat.send("items.list", thread_id=chat.thread_id)
    assert [item["type"] for item in listed["data"]] == ["assistant_message", "user_message"]
    await chat.ask("Second")
    heard: list[Any] = list(chat.script.heard[-1])
    assert [line["role"] for line in heard] == ["user", "assistant", "user"]


async def test_feedback_goes_with_its_item(store: Any) -> None:
    """A retry deletes the answer, and what was said about it."""
    chat = Chat(store, [say("One.")], [say("Better.")])
    await chat.ask("First")
    asked, one = await chat.items()
    await rate(chat, "negative", one.id)
    stream = chat.stream("threads.retry_after_item", thread_id=chat.thread_id, item_id=asked.id)
    assert [event async for event in stream]
    assert await feedback(chat) == {}


async def test_feedback_on_a_pending_call_leaves_it_the_last_item(store: Any) -> None:
    """The SDK looks for the call at the end of the thread when its output comes."""
    chat = Chat(store, [say("One.")], [say("Read.")])
    await chat.ask("First")
    call = ClientToolCallItem(
        id="call", thread_id=chat.thread_id, created_at=datetime.now(), call_id="c", name="read",
        arguments={},
    )  # fmt: skip
    await store.add_thread_item(chat.thread_id, call, chat.context)
    await rate(chat, "positive", "call")
    stream = chat.stream("threads.add_client_tool_output", thread_id=chat.thread_id, result="x")
    assert [event["type"] async for event in stream][-1] == "thread.item.done"


async def test_feedback_on_something_missing_is_not_found(store: Any) -> None:
    """One that exists beside it still counts; somebody else's item does not exist."""
    chat = Chat(store, [say("One.")])
    await chat.ask("First")
    *_, one = await chat.items()
    await rate(chat, "positive", "gone", one.id)
    assert await feedback(chat) == {one.id: "positive"}
    missing = part("server").NotFoundError
    with pytest.raises(missing):
        await rate(chat, "positive", "gone")
    chat.context = context("berta")
    with pytest.raises(missing):
        await rate(chat, "negative", one.id)
    assert await feedback(chat) == {}


async def test_feedback_is_found_in_a_long_thread(store: Any) -> None:
    """Page after page is read; other hidden items are no feedback."""
    chat = Chat(store, [say("One.")])
    await chat.ask("First")
    for number in range(120):
        hidden = HiddenContextItem(
            id=f"hidden-{number}", thread_id=chat.thread_id, created_at=datetime.now(), content="x"
        )
        await store.add_thread_item(chat.thread_id, hidden, chat.context)
    await rate(chat, "positive", "hidden-119")
    assert await feedback(chat) == {"hidden-119": "positive"}


async def with_widget(chat: Chat) -> WidgetItem:
    """Return a widget that is stored in a new thread."""
    await chat.ask("Hello")
    widget = WidgetItem.model_validate(
        {
            "id": "widget",
            "thread_id": chat.thread_id,
            "created_at": datetime.now(),
            "widget": WIDGET,
        }
    )
    await chat.store.add_thread_item(chat.thread_id, widget, chat.context)
    return widget


async def act(chat: Chat, kind: str) -> list[Any]:
    """Return the events that answer a click on the widget."""
    action = {"type": kind, "payload": {"n": 1}}
    stream = chat.stream(
        "threads.custom_action", thread_id=chat.thread_id, item_id="widget", action=action
    )
    return [event async for event in stream]


async def test_an_action_goes_to_its_handler(store: Any) -> None:
    """It knows the thread and the widget, and what it adds is stored under an id of the store."""
    chat = Chat(store, [say("Hi.")])
    await with_widget(chat)

    async def copy(turn: Any, action: Any, sender: Any) -> AsyncIterator[Any]:
        assert (turn.thread.id, action.payload, sender.id) == (chat.thread_id, {"n": 1}, "widget")
        yield ThreadItemDoneEvent(
            item=sender.model_copy(update={"id": turn.generate_id("message")})
        )

    chat.server.actions["copy"] = copy
    events = await act(chat, "copy")
    assert [item.type for item in await chat.items()][-2:] == ["widget", "widget"]
    assert events[-1]["item"]["id"] == (await chat.items())[-1].id


async def test_an_action_without_a_handler_is_an_event(store: Any, caplog: Any) -> None:
    """The user is told, the log names the action, and nothing breaks."""
    chat = Chat(store, [say("Hi.")])
    await with_widget(chat)
    *_, last = await act(chat, "launch")
    assert (last["type"], last["allow_retry"]) == ("error", False)
    assert "req-1" in caplog.text
    assert "launch" in caplog.text


async def test_a_handler_that_fails_is_an_event(store: Any) -> None:
    """Its events so far are kept."""
    chat = Chat(store, [say("Hi.")])
    await with_widget(chat)

    async def fail(turn: Any, action: Any, sender: Any) -> AsyncIterator[Any]:
        yield NoticeEvent(level="info", message="Working")
        raise RuntimeError("secret of the handler")

    chat.server.actions["fail"] = fail
    *_, notice, last = await act(chat, "fail")
    assert (notice["type"], last["type"]) == ("notice", "error")
    assert "secret" not in str(last)


async def test_a_sync_action_answers_at_once(store: Any) -> None:
    """With the widget as it is now; one without a handler is not found."""
    chat = Chat(store, [say("Hi.")])
    await with_widget(chat)

    async def change(turn: Any, action: Any, sender: Any) -> SyncCustomActionResponse:
        return SyncCustomActionResponse(updated_item=sender)

    chat.server.sync_actions["change"] = change
    answers = {
        "thread_id": chat.thread_id, "item_id": "widget", "action": {"type": "change"},
    }  # fmt: skip
    answer = await chat.send("threads.sync_custom_action", **answers)
    assert answer["updated_item"]["id"] == "widget"
    with pytest.raises(part("server").NotFoundError):
        await chat.send("threads.sync_custom_action", **{**answers, "action": {"type": "launch"}})


async def test_an_answer_to_a_form_is_stored_and_heard(store: Any) -> None:
    """The model goes on with what the user filled in."""
    chat = Chat(store, [say("Hi.")], [say("Rome it is.")])
    await chat.ask("Plan a trip")
    form = StructuredInputItem(
        id="form", thread_id=chat.thread_id, created_at=datetime.now(),
        inputs=[StructuredInputFreeform(id="city", question="Where to?")],
    )  # fmt: skip
    await store.add_thread_item(chat.thread_id, form, chat.context)
    stream = chat.stream(
        "threads.add_structured_input",
        thread_id=chat.thread_id,
        item_id="form",
        input={"answers": {"city": {"values": ["Rome"]}}},
    )
    events = [event["type"] async for event in stream]
    assert "thread.item.replaced" in events
    assert (await chat.told())[-2:] == ["structured_input", "assistant: Rome it is."]
    assert "Where to?: Rome" in str(chat.script.heard[-1])
