"""Messages that break off: what has been written of them when the model fails."""

from collections import defaultdict
from collections.abc import Iterator

from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
)


class Unfinished:
    """Follow the messages that are being written.

    When the user stops an answer, the SDK does the same and stores them; when the answer fails,
    it forgets them, and they would be gone from the page with the next reload.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._items: dict[str, AssistantMessageItem] = {}
        self._texts: defaultdict[str, defaultdict[int, str]] = defaultdict(lambda: defaultdict(str))

    def follow(self, event: ThreadStreamEvent) -> None:
        """Take note of what the event adds to a message."""
        match event:
            case ThreadItemAddedEvent(item=AssistantMessageItem() as item):
                self._items[item.id] = item
            case ThreadItemUpdatedEvent(
                item_id=item_id, update=AssistantMessageContentPartTextDelta() as update
            ):
                self._texts[item_id][update.content_index] += update.delta
            case ThreadItemDoneEvent(item=item):
                self._items.pop(item.id, None)
            case ThreadItemRemovedEvent(item_id=item_id):
                self._items.pop(item_id, None)
            case _:
                return

    def finish(self) -> Iterator[ThreadStreamEvent]:
        """Yield an end for each message of which something was written."""
        for item_id, item in self._items.items():
            texts = sorted(self._texts[item_id].items())
            content = [AssistantMessageContent(text=text) for _, text in texts if text.strip()]
            if content:
                yield ThreadItemDoneEvent(item=item.model_copy(update={"content": content}))
