"""What the agent's tools know: the thread, the store, who asks, and from which page."""

from typing import Self

import pydantic
from chatkit.agents import AgentContext
from chatkit.store import Store, StoreItemType
from chatkit.types import ThreadMetadata
from typing_extensions import override

from ..context import RequestContext

# {% if rag %}
from ..search.sources import Source

# {% endif %}
from .page import PageContext, page_of


class AssistantContext(AgentContext[RequestContext]):
    """Carry one turn's surroundings to the tools."""

    page_context: PageContext | None = None
    selected_text: str | None = None
    context_mode: str | None = None
    # {% if rag %}
    # What the search has found, in the order of the numbers that the model cites it by.
    sources: list[Source] = pydantic.Field(default_factory=list[Source])
    # {% endif %}

    _issued: set[str] = pydantic.PrivateAttr(default_factory=set[str])

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
        """End the queue of the tools' events, so that nobody waits for another one."""
        self._complete()
