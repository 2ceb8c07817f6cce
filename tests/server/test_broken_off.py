"""However the reader of a stream goes away, what was written is stored, once."""

import asyncio
import gc
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import anyio
import pytest
from agents import function_tool

from .chats import Chat, part
from .scripted import Call, Hold, say

pytestmark = pytest.mark.anyio
Frames = AsyncGenerator[bytes, None]


async def read(frames: Frames, half: asyncio.Event) -> None:
    """Read to the end, which the test does not let come; say when half of it is read."""
    async for frame in frames:
        if b"Half" in frame:
            half.set()


async def close(frames: Frames) -> None:
    """Close the iterator: what servers do that announce ASGI 2.4, without any CancelledError."""
    async for frame in frames:
        if b"Half" in frame:
            break
    await frames.aclose()


async def cancel_task(frames: Frames) -> None:
    """Cancel the task that reads."""
    half = asyncio.Event()
    task = asyncio.create_task(read(frames, half))
    await half.wait()
    task.cancel()
    await asyncio.wait([task])


async def cancel_scope(frames: Frames) -> None:
    """Cancel the scope of the reader, as Starlette does: each await in it is cancelled too."""
    half = asyncio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(read, frames, half)
        await half.wait()
        group.cancel_scope.cancel()


async def close_in_cancelled_scope(frames: Frames) -> None:
    """Close the iterator inside a scope that is cancelled already."""
    half = asyncio.Event()

    async def read_and_close() -> None:
        async with aclosing(frames):
            await read(frames, half)

    async with anyio.create_task_group() as group:
        group.start_soon(read_and_close)
        await half.wait()
        group.cancel_scope.cancel()


async def forget(frames: Frames) -> None:
    """Stop reading, and leave the rest to the garbage collector."""
    async for frame in frames:
        if b"Half" in frame:
            break


WAYS = [close, cancel_task, cancel_scope, close_in_cancelled_scope, forget]
Leave = Callable[[Frames], Awaitable[None]]


@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
async def test_what_was_written_is_stored_once(
    leave: Leave, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The text, and a note for the model; nothing is left running, and the log stays quiet."""
    chat = Chat(store, [say("Half", Hold(), " of it")], [say("Yes.")])
    with caplog.at_level(logging.WARNING):
        await leave(await chat.open(**chat.message("Go")))
        if leave is forget:
            await chat.server.aclose()
        # Otherwise it is stored by now: a reader who comes back at once must find it.
        (thread,) = (await store.load_threads(10, None, "desc", chat.context)).data
        chat.thread_id = thread.id
        assert await chat.told() == ["user: Go", "assistant: Half", "sdk_hidden_context"]
        await chat.script.closed.wait()
        await chat.server.aclose()
        gc.collect()
    assert [report.outcome for report in chat.reports] == ["cancelled"]
    assert caplog.records == []
    events = await chat.ask("Again?")
    assert events[-1]["type"] == "thread.item.done"


async def test_nothing_is_stored_of_an_answer_not_begun(store: Any) -> None:
    """An empty message would be shown as one."""
    held = Hold()
    chat = Chat(store, [say(held, "Late")])
    stream = chat.say("Go")
    async for event in stream:
        if event["type"] == "thread.item.added":
            break
    await stream.aclose()
    assert await chat.told() == ["user: Go", "sdk_hidden_context"]


async def test_a_tool_is_stopped_with_its_run(store: Any) -> None:
    """Work that nobody waits for any more is cancelled."""
    running, stopped = asyncio.Event(), asyncio.Event()

    @function_tool
    async def work() -> str:
        """Work for ever."""
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    chat = Chat(store, [say("Working."), Call("work")], agent={"tools": [work]})
    stream = chat.say("Go")
    async for event in stream:
        if event["type"] == "thread.item.done" and event["item"]["type"] == "assistant_message":
            break
    await running.wait()
    await stream.aclose()
    await asyncio.wait_for(stopped.wait(), 5)
    assert await chat.told() == ["user: Go", "assistant: Working.", "sdk_hidden_context"]


async def test_a_store_that_hangs_does_not_keep_the_reader(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is let go of after a while; the server's end is waited for no longer."""
    monkeypatch.setattr(part("assistant.detached"), "_SECONDS_TO_STORE", 0.05)
    monkeypatch.setattr(part("server"), "_SECONDS_TO_STOP", 0.05)
    held, hanging = Hold(), asyncio.Event()
    chat = Chat(store, [say("Half", held)])
    add = store.add_thread_item

    async def hang(*args: Any, **named: Any) -> None:
        if held.reached.is_set():
            hanging.set()
            await asyncio.Event().wait()
        await add(*args, **named)

    monkeypatch.setattr(store, "add_thread_item", hang)
    frames = await chat.open(**chat.message("Go"))
    with anyio.fail_after(5):
        await close(frames)
        assert hanging.is_set()
        await chat.server.aclose()


async def test_a_store_that_is_down_then_is_logged(
    store: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is left to be told: the log says it, once, under the request's id."""
    held = Hold()
    chat = Chat(store, [say("Half", held)])
    add, down = store.add_thread_item, part("stores.errors").StoreUnavailable

    async def fail(*args: Any, **named: Any) -> None:
        if held.reached.is_set():
            raise down("gone")
        await add(*args, **named)

    monkeypatch.setattr(store, "add_thread_item", fail)
    await close(await chat.open(**chat.message("Go")))
    await chat.server.aclose()
    gc.collect()
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "req-1" in record.getMessage()


async def test_a_stream_read_to_its_end_is_not_cancelled(store: Any) -> None:
    """Closing what has ended changes nothing."""
    chat = Chat(store, [say("All.")])
    await chat.ask("Go")
    await chat.server.aclose()
    assert await chat.told() == ["user: Go", "assistant: All."]
    assert [report.outcome for report in chat.reports] == ["completed"]


async def test_what_the_stream_raises_reaches_the_reader(store: Any) -> None:
    """Before the first event there is a status to tell it with: the HTTP layer needs the error."""
    chat = Chat(store)
    chat.thread_id = "thr_of_nobody"
    with pytest.raises(part("server").NotFoundError):
        await chat.ask("Go")
