"""What the model is told of the conversation so far."""

from chatkit.store import Store
from chatkit.types import ClientToolCallItem, ThreadItem, UserMessageItem

from ..context import RequestContext
from .feedback import is_feedback


async def load_history(
    store: Store[RequestContext],
    thread_id: str,
    limit: int,
    message: UserMessageItem | None,
    context: RequestContext,
) -> list[ThreadItem]:
    """Return the newest `limit` items of the thread at most, oldest first, in whole turns.

    `message` is the one to answer; the SDK has stored it already, so it is found like the others.
    """
    newest: list[ThreadItem] = []
    after: str | None = None
    while len(newest) < limit:
        # The store caps a page, so one may not be enough; newest first, or a long thread would
        # be blind to the present.
        page = await store.load_thread_items(thread_id, after, limit - len(newest), "desc", context)
        newest += [item for item in page.data if _is_told(item)]
        after = page.after
        if not page.has_more or after is None:
            break
    items = newest[::-1]
    if message is not None and all(item.id != message.id for item in items):
        # Another machine's clock runs ahead, and dates its items after this one.
        items = [*items[1:], message] if len(items) == limit else [*items, message]
    return _whole_turns(items)


def _is_told(item: ThreadItem) -> bool:
    # A tool call without its output is refused by every provider.
    pending = isinstance(item, ClientToolCallItem) and item.status == "pending"
    return not pending and not is_feedback(item)


def _whole_turns(items: list[ThreadItem]) -> list[ThreadItem]:
    """Drop the end of a turn whose beginning is out of reach; keep a turn that is all there is."""
    for place, item in enumerate(items):
        if isinstance(item, UserMessageItem):
            return items[place:]
    return items
