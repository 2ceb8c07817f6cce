"""A stream that comes to a proper end, however its reader goes away."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import anyio

from .background import Background

# How long a request that was broken off may wait for its answer to be stored.
_SECONDS_TO_STORE: Final = 5.0


class StreamInterruptedError(Exception):
    """Report a stream that was ended, while somebody read it, because the server stops."""


async def detached(
    stream: AsyncGenerator[bytes, None],
    background: Background,
    running: set[asyncio.Task[None]],
) -> AsyncGenerator[bytes, None]:
    """Yield what the stream yields, from a task of its own; raise what it raises.

    The task is in `running` until it ends; raise StreamInterruptedError when it is cancelled there.

    When the reader is cancelled, closed or forgotten, the task is cancelled, once. Only so does
    the SDK always hear of it, in a place where it can still await the store: a server that
    announces ASGI 2.3 cancels the reader's whole scope, each await in it included, and one that
    announces 2.4 closes the iterator without any CancelledError.
    """
    # Without a bound, so that the task waits inside the stream and nowhere else.
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def run() -> None:
        try:
            async for chunk in stream:
                chunks.put_nowait(chunk)
        finally:
            chunks.put_nowait(None)

    task = background.start(run())
    running.add(task)
    task.add_done_callback(running.discard)
    try:
        while (chunk := await chunks.get()) is not None:
            yield chunk
        await asyncio.wait([task])
        if task.cancelled():
            raise StreamInterruptedError
        await task
    finally:
        if not task.done():
            task.cancel()
            with anyio.move_on_after(_SECONDS_TO_STORE, shield=True):
                await asyncio.wait([task])
