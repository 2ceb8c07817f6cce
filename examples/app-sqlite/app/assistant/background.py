"""Work that goes on after a stream has ended."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Keep hold of tasks that nobody awaits: the event loop alone would let them be collected."""

    def __init__(self) -> None:
        """Begin without any."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run the work as a task of its own."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self, seconds: float) -> None:
        """Wait for what is running, and cancel what has not come to its end by then."""
        await self._wait(seconds)
        for task in self._tasks:
            task.cancel()
        # A stream that is cancelled stores what was written, and reports it.
        await self._wait(seconds)

    async def _wait(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
