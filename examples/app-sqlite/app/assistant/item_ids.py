"""Ids that are unique, whatever the model's provider calls its items.

Chat Completions and LiteLLM have no ids: there every item of every answer is `__fake_id__`, and
stored under that name it would overwrite the one before it.
"""

from collections import defaultdict
from collections.abc import Iterator

from chatkit.types import (
    AssistantMessageItem,
    ClientToolCallItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
)

from .agent_context import AssistantContext


class ItemIds:
    """Give each item of one run an id of the store in place of the provider's.

    Ids that the store issued (widgets, workflows, whatever a tool streams) stay as they are.
    """

    def __init__(self, context: AssistantContext) -> None:
        """Take new ids from the context, which knows those it has issued before."""
        self._context = context
        # The provider's id of an item that is being written -> ours.
        self._open: dict[str, str] = {}
        # The provider's id -> ours, oldest first: one name may stand for many items.
        self._given: defaultdict[str, list[str]] = defaultdict(list)

    def settle(self, event: ThreadStreamEvent) -> Iterator[ThreadStreamEvent]:
        """Yield the event under ids that stay; a removal becomes one for each item of that name."""
        match event:
            case ThreadItemAddedEvent(item=item) if self._foreign(item):
                self._open[item.id] = self._new(item)
                yield ThreadItemAddedEvent(item=_renamed(item, self._open[item.id]))
            case ThreadItemUpdatedEvent(item_id=item_id):
                yield event.model_copy(update={"item_id": self._open.get(item_id, item_id)})
            case ThreadItemDoneEvent(item=item) if self._foreign(item):
                # A client tool call, for one, is done without ever having been added.
                item_id = self._open.pop(item.id, None) or self._new(item)
                yield ThreadItemDoneEvent(item=_renamed(item, item_id))
            case ThreadItemReplacedEvent(item=item) if self._given.get(item.id):
                yield ThreadItemReplacedEvent(item=_renamed(item, self._given[item.id][-1]))
            case ThreadItemRemovedEvent(item_id=item_id) if self._given.get(item_id):
                # A guardrail takes everything back, and has kept only a set of the names.
                self._open.pop(item_id, None)
                for given in self._given.pop(item_id):
                    yield ThreadItemRemovedEvent(item_id=given)
            case _:
                yield event

    def _foreign(self, item: ThreadItem) -> bool:
        # These two alone are built with the provider's id.
        return isinstance(item, AssistantMessageItem | ClientToolCallItem) and not (
            self._context.issued(item.id)
        )

    def _new(self, item: ThreadItem) -> str:
        kind = "tool_call" if isinstance(item, ClientToolCallItem) else "message"
        item_id = self._context.generate_id(kind)
        self._given[item.id].append(item_id)
        return item_id


def _renamed(item: ThreadItem, item_id: str) -> ThreadItem:
    return item.model_copy(update={"id": item_id})
