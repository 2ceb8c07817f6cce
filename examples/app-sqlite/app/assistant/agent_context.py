"""What the agent's tools know: the thread, the store, who asks, and from which page."""

from typing import Any, Self

import pydantic
from chatkit.agents import AgentContext
from chatkit.store import Store, StoreItemType
from chatkit.types import ThreadMetadata
from typing_extensions import override

from ..context import RequestContext
from .broken_off import ToolEvents
from .page import PageContext, page_of


class AssistantContext(AgentContext[RequestContext]):
    """Carry one turn's surroundings to the tools."""

    page_context: PageContext | None = None
    selected_text: str | None = None
    context_mode: str | None = None

    _tool_events: ToolEvents[Any] = pydantic.PrivateAttr()
    _issued: set[str] = pydantic.PrivateAttr(default_factory=set[str])

    @override
    def model_post_init(self, context: object, /) -> None:
        """Take a queue that can be closed in place of the SDK's."""
        super().model_post_init(context)
        self._tool_events = ToolEvents[Any]()
        self._events = self._tool_events

    @classmethod
    def of(
        cls, thread: ThreadMetadata, store: Store[RequestContext], context: RequestContext
    ) -> Self:
        """Return the context of a turn in this thread."""
        page = page_of(context)
        return cls(
            thread=thread,
            store=store,
            request_context=context,
            page_context=page.page_context,
            selected_text=page.selected_text,
            context_mode=page.context_mode,
        )

    @override
    def generate_id(self, type: StoreItemType, thread: ThreadMetadata | None = None) -> str:
        """Return a new id of the store, and remember it as one of ours."""
        new_id = super().generate_id(type, thread)
        self._issued.add(new_id)
        return new_id

    def issued(self, item_id: str) -> bool:
        """Say whether the id is one of ours, and not one that the model's provider made up."""
        return item_id in self._issued

    def close(self) -> None:
        """Say that nobody reads the tools' events any more."""
        self._tool_events.close()
