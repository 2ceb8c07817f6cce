"""A turn that fails ends in an event; every turn is reported, and the report harms nobody."""

import asyncio
import gc
import logging
from typing import Any

import anyio
import pytest
from chatkit.errors import CustomStreamError

from .chats import Chat, of_type, part
from .scripted import Hold, say

pytestmark = pytest.mark.anyio


def break_store(
    store: Any, patch: pytest.MonkeyPatch, method: str, *, item_type: str | None = None
) -> None:
    """Make a method of the store fail; `item_type` narrows it to the items of one type."""
    whole, down = getattr(store, method), part("stores.errors").StoreUnavailable

    async def fail(*args: Any, **named: Any) -> Any:
        items = [one for one in args if getattr(one, "type", None) == item_type]
        if item_type is None or items:
            raise down("database host 10.0.0.7 is gone")
        return await whole(*args, **named)

    patch.setattr(store, method, fail)


@pytest.mark.parametrize("method", ["load_thread_items", "load_thread"])
async def test_a_store_that_is_down_is_an_event(
    method: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is kept by then, and the user may try again; the host is not named."""
    chat = Chat(store, [say("Never.")])
    break_store(store, monkeypatch, method)
    *_, last = await chat.ask("Hello")
    assert (last["type"], last["allow_retry"]) == ("error", True)
    assert "10.0.0.7" not in last["message"]
    monkeypatch.undo()
    assert await chat.told() == ["user: Hello"]


async def test_an_answer_that_cannot_be_stored_is_an_event(
    store: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The SDK tells it by a code, which gets words; nothing that it began goes on."""
    chat = Chat(store, [say("Lost.")])
    break_store(store, monkeypatch, "add_thread_item", item_type="assistant_message")
    (error,) = of_type(await chat.ask("Hello"), "error")
    assert error["allow_retry"]
    assert "try again" in error["message"]
    assert "10.0.0.7" not in error["message"]
    gc.collect()
    await chat.server.aclose()
    assert [report.outcome for report in chat.reports] == ["failed"]
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_what_was_written_before_a_failure_is_kept(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Finished messages and the half of one, under the ids that were streamed; then the error."""
    held = Hold()
    chat = Chat(store, [say("One."), say("Tw", held, RuntimeError("quoting: Hello"))])
    events: list[Any] = []
    async for event in chat.say("Hello"):
        events.append(event)
        if event["type"] == "thread.item.updated" and event["update"]["delta"] == "Tw":
            held.go.set()
    assert await chat.told() == ["user: Hello", "assistant: One.", "assistant: Tw"]
    done = [event["item"]["id"] for event in of_type(events, "thread.item.done")]
    assert done == [item.id for item in await chat.items()]
    assert events[-1]["type"] == "error"
    assert "quoting" not in str(events)
    assert [report.outcome for report in chat.reports] == ["failed"]
    gc.collect()
    assert not [record for record in caplog.records if record.name == "asyncio"]


@pytest.mark.parametrize("begun", ["", "\n "], ids=["nothing", "blanks"])
async def test_nothing_is_kept_of_a_message_without_a_word(begun: str, store: Any) -> None:
    """An answer that failed before its first word is not there after a reload."""
    held = Hold()
    chat = Chat(store, [say(begun, held, RuntimeError())])
    async for event in chat.say("Hello"):
        if event["type"] == "thread.item.updated":
            held.go.set()
    assert await chat.told() == ["user: Hello"]


async def test_an_error_with_words_for_the_user_keeps_them(store: Any) -> None:
    """A tool or a hook may say what is wrong."""
    chat = Chat(store, [say(CustomStreamError("Ask in English, please.", allow_retry=False))])
    *_, last = await chat.ask("Hello")
    assert (last["message"], last["allow_retry"]) == ("Ask in English, please.", False)


async def test_a_retry_answers_the_same_message_again(store: Any) -> None:
    """What followed it is gone; a thread with its old answer would hold two."""
    chat = Chat(store, [say("One.")], [say("Two.")], [say("Better.")])
    await chat.ask("First")
    await chat.ask("Second")
    first, *_ = await chat.items()
    stream = chat.stream("threads.retry_after_item", thread_id=chat.thread_id, item_id=first.id)
    events = [event async for event in stream]
    assert not of_type(events, "error")
    assert await chat.told() == ["user: First", "assistant: Better."]
    assert str(chat.script.heard[-1]).count("First") == 1


async def test_reports_say_how_it_went(store: Any) -> None:
    """Which request, which thread, how long, how it ended."""
    chat = Chat(store, [say("One.")], [say(RuntimeError())])
    await chat.ask("First")
    await chat.ask("Second")
    await chat.server.aclose()
    first, second = chat.reports
    assert (first.request_id, first.thread_id, first.outcome) == (
        "req-1", chat.thread_id, "completed",
    )  # fmt: skip
    assert 0 < first.seconds < 60
    assert second.outcome == "failed"


async def test_a_server_that_stops_keeps_what_is_being_written(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams get a little time to end; then they are cut short, stored and reported."""
    monkeypatch.setattr(part("server"), "_SECONDS_TO_STOP", 0.5)
    chat = Chat(store, [say("Half", Hold())])
    async for event in chat.say("Go"):
        if event["type"] == "thread.item.updated":
            await chat.server.aclose()
            break
    assert await chat.told() == ["user: Go", "assistant: Half", "sdk_hidden_context"]
    assert [report.outcome for report in chat.reports] == ["cancelled"]


@pytest.mark.parametrize("hanging", [False, True], ids=["raises", "hangs"])
async def test_a_broken_hook_harms_nobody(
    hanging: bool, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs beside the stream; a server that stops does not wait for it for ever."""
    monkeypatch.setattr(part("server"), "_SECONDS_TO_STOP", 0.05)

    async def hook(report: Any) -> None:
        if hanging:
            await asyncio.Event().wait()
        raise RuntimeError("no analytics today")

    chat = Chat(store, [say("One.")], on_event=hook)
    with anyio.fail_after(10):
        events = await chat.ask("First")
        await chat.server.aclose()
    assert events[-1]["type"] == "thread.item.done"


async def test_the_log_has_no_message_in_it(store: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It names the request and the thread."""
    chat = Chat(store, [say("A secret answer.")])
    with caplog.at_level(logging.DEBUG, logger=part("server").__package__):
        await chat.ask("A secret question")
    assert chat.thread_id in caplog.text
    assert "req-1" in caplog.text
    assert "secret" not in caplog.text
