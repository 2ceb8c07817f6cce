"""One run of the agent, as events of the thread it answers in."""

from collections.abc import AsyncIterator, Iterator
from typing import cast

from agents import (
    Agent,
    ModelBehaviorError,
    Runner,
    RunResultStreaming,
    TResponseInputItem,
    Usage,
)

# Its parameter is an AgentContext of anything, which strict checking calls unknown.
from chatkit.agents import stream_agent_response  # pyright: ignore[reportUnknownVariableType]
from chatkit.types import ThreadStreamEvent

# {% if rag %}
from ..search.sources import annotate

# {% endif %}
from .agent_context import AssistantContext
from .broken_off import RunEvents
from .item_ids import ItemIds
from .silence import is_silent
from .threads import catch_up
from .unfinished import Unfinished


class Answer:
    """Let the agent answer once. Close the answer, also when it broke off."""

    def __init__(self, agent: Agent[AssistantContext], context: AssistantContext) -> None:
        """Begin with nothing said."""
        self._agent = agent
        self._context = context
        self._unfinished = Unfinished()
        self._events: RunEvents | None = None

    @property
    def usage(self) -> Usage | None:
        """Return what the run has used up so far; None before it begins."""
        run = self._events and self._events.run
        return run and run.context_wrapper.usage

    async def stream(self, said: list[TResponseInputItem]) -> AsyncIterator[ThreadStreamEvent]:
        """Yield the answer to what was said, under ids of the store.

        Raises ModelBehaviorError for a run that comes to an end without a word.
        """
        context, thread, ids = self._context, self._context.thread, ItemIds(self._context)
        self._events = RunEvents(lambda: Runner.run_streamed(self._agent, said, context=context))
        before = thread.model_copy(deep=True)
        # The SDK reads the events of its run, and nothing else.
        run = cast("RunResultStreaming", self._events)
        async for told in stream_agent_response(context, run):
            for event in ids.settle(told):
                if thread != before:
                    await catch_up(thread, before, context.store, context.request_context)
                    before = thread.model_copy(deep=True)
                # {% if rag %}
                if event.type == "thread.item.done" and event.item.type == "assistant_message":
                    event.item = annotate(event.item, context.sources)
                # {% endif %}
                self._unfinished.follow(event)
                yield event
        if self._events.run is not None and is_silent(self._events.run):
            raise ModelBehaviorError("the model did not answer")
        if thread != before:
            await catch_up(thread, before, context.store, context.request_context)

    def broken_off(self) -> Iterator[ThreadStreamEvent]:
        """Yield an end for each message that the run did not come to the end of."""
        yield from self._unfinished.finish()

    def close(self) -> None:
        """Stop the run, if it is still going on, and wait for no more events."""
        if self._events is not None:
            self._events.close()
        self._context.close()
