"""Feedback of the users, kept beside the item that it is about.

A hidden item of the thread holds it: scoped by owner like every item, never shown, never sent to
the model, and gone with the thread. (In the thread's metadata, which is saved as a whole, two
writers would lose each other's.)
"""

from datetime import UTC, datetime, timedelta
from typing import Final, cast

from chatkit.store import NotFoundError, Store
from chatkit.types import FeedbackKind, HiddenContextItem, ThreadItem

from ..context import RequestContext

_PREFIX: Final = "feedback_"


async def save_feedback(
    store: Store[RequestContext],
    thread_id: str,
    item_ids: list[str],
    kind: FeedbackKind,
    context: RequestContext,
) -> None:
    """Store the feedback for those of the items that exist; the last one given counts.

    Raises NotFoundError when none of them exists.
    """
    found: list[ThreadItem] = []
    for item_id in item_ids:
        try:
            found.append(await store.load_item(thread_id, item_id, context))
        except NotFoundError:
            continue
    if not found:
        raise NotFoundError("None of the items was found")
    for item in found:
        feedback = HiddenContextItem(
            id=f"{_PREFIX}{item.id}",
            thread_id=thread_id,
            # Just before its item: the SDK looks at the end of a thread for what is unfinished,
            # and a retry deletes both.
            created_at=item.created_at - timedelta(microseconds=1),
            content={"item_id": item.id, "kind": kind, "given_at": datetime.now(UTC).isoformat()},
        )
        await store.save_item(thread_id, feedback, context)


async def load_feedback(
    store: Store[RequestContext], thread_id: str, context: RequestContext
) -> dict[str, FeedbackKind]:
    """Return the feedback that the owner gave in this thread, by the id of the item."""
    given: dict[str, FeedbackKind] = {}
    after: str | None = None
    while True:
        page = await store.load_thread_items(thread_id, after, 100, "asc", context)
        for item in page.data:
            if is_feedback(item):
                content = cast("dict[str, FeedbackKind]", cast("HiddenContextItem", item).content)
                given[item.id.removeprefix(_PREFIX)] = content["kind"]
        after = page.after
        if not page.has_more or after is None:
            return given


def is_feedback(item: ThreadItem) -> bool:
    """Say whether the item is not part of the conversation, but feedback on it."""
    return isinstance(item, HiddenContextItem) and item.id.startswith(_PREFIX)
