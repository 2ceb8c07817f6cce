"""A thread's own data: what is written at its beginning, and what others change meanwhile."""

from typing import Any, Final

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, Thread, ThreadMetadata, ThreadUpdatedEvent

from ..context import RequestContext
from .page import PageState

_MISSING: Final = object()


def beginning(page: PageState) -> dict[str, Any]:
    """Return the metadata of a thread that begins on this page."""
    known = {
        "session_id": page.session_id,
        "page_context": page.page_context and {**page.page_context},
    }
    return {name: value for name, value in known.items() if value is not None}


async def catch_up(
    thread: ThreadMetadata,
    before: ThreadMetadata,
    store: Store[RequestContext],
    context: RequestContext,
) -> None:
    """Bring a thread that a tool has changed since `before` up to date with the store.

    The SDK saves the whole object after the next event. It was loaded when the stream began, so
    that without this a rename in another window would be undone. Raises NotFoundError when it is
    deleted.
    """
    try:
        stored = await store.load_thread(thread.id, context)
    except NotFoundError:
        # Saved now, a thread that was deleted meanwhile would be there again.
        for name in ThreadMetadata.model_fields:
            setattr(thread, name, getattr(before, name))
        raise
    for name in ("title", "status", "allowed_image_domains"):
        if getattr(thread, name) == getattr(before, name):
            setattr(thread, name, getattr(stored, name))
    for key in thread.metadata.keys() | before.metadata.keys() | stored.metadata.keys():
        if thread.metadata.get(key, _MISSING) != before.metadata.get(key, _MISSING):
            continue
        if key in stored.metadata:
            thread.metadata[key] = stored.metadata[key]
        else:
            thread.metadata.pop(key, None)


def updated(thread: ThreadMetadata) -> ThreadUpdatedEvent:
    """Return the event that shows the thread's new title; its metadata is not for the client."""
    shown = thread.model_dump(exclude={"metadata", "items"})
    return ThreadUpdatedEvent(thread=Thread(**shown, items=Page()))
