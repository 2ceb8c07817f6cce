"""What the SDK leaves behind when a stream breaks off.

It reads the run and the tools' events in two tasks, and forgets them when it is cancelled or the
run fails. Each would end in an error in the log: nobody asked for its result.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, TypeVar

from agents import AgentsException, RunResultStreaming, StreamEvent
from typing_extensions import override

_T = TypeVar("_T")
_RAISE_LAST: Final = "_agents_drain_queued_stream_events"


class ToolEvents(asyncio.Queue[_T]):
    """Queue the events of the tools, and know the task that waits for the next one."""

    _reader: asyncio.Task[Any] | None = None

    @override
    async def get(self) -> _T:
        """Return the next event."""
        self._reader = asyncio.current_task()
        try:
            return await super().get()
        finally:
            # It goes on with the event: at the end of a run it is the one that calls close().
            self._reader = None

    def close(self) -> None:
        """End the task that is still waiting, if there is one."""
        if self._reader is not None:
            self._reader.cancel()


class RunEvents:
    """Stand in for a run where only its events are read, and begin it when they are.

    Before it reads, the SDK looks in the store for a workflow to go on with. A run that had begun
    by then could have shown a task already, in a new one.
    """

    def __init__(self, begin: Callable[[], RunResultStreaming]) -> None:
        """Keep what begins the run."""
        self._begin = begin
        self._reader: asyncio.Task[Any] | None = None
        self.run: RunResultStreaming | None = None

    async def stream_events(self) -> AsyncIterator[StreamEvent]:
        """Yield the events of the run."""
        self.run = run = self._begin()
        events = run.stream_events()
        while True:
            # Each event is read by a task of its own.
            self._reader = asyncio.current_task()
            _keep_what_came(run)
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
            finally:
                self._reader = None
            yield event

    def close(self) -> None:
        """Stop a run that nobody reads to its end: it would be written, and paid for, in vain."""
        if self._reader is not None:
            self._reader.cancel()
        if self.run is not None and not self.run.is_complete:
            self.run.cancel()


def _keep_what_came(run: RunResultStreaming) -> None:
    """Ask for the words that came before a failure and are not read yet.

    The Agents SDK throws them away when the provider fails. It has a mark for the errors that
    it raises after them; were the mark renamed, the last words would be lost, and no more.
    """
    error = run.run_loop_exception
    # Its own errors it marks as it likes: what a guardrail stopped is not to be shown.
    if error is not None and not isinstance(error, AgentsException):
        setattr(error, _RAISE_LAST, True)
