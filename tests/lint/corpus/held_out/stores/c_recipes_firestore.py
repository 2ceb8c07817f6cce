"""Firestore store of the recipe assistant.

Layout (everything of a cook lives under the cook's own document):

    cooks/{uid}/threads/{thread}                 created_at, body
    cooks/{uid}/threads/{thread}/items/{item}    created_at, body
    cooks/{uid}/files/{attachment}               thread_id, body

`created_at` is an aware UTC timestamp and is only used to sort. The object itself, with the
timestamp exactly as ChatKit handed it over, is the JSON text in `body`.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from google.cloud import firestore
from pydantic import TypeAdapter

T = TypeVar("T")

_ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_FILES: TypeAdapter[Attachment] = TypeAdapter(Attachment)
_DIRECTION: dict[str, str] = {
    "asc": firestore.Query.ASCENDING,
    "desc": firestore.Query.DESCENDING,
}


@dataclass(frozen=True, slots=True)
class CookContext:
    """Who is asking. `uid` comes from the verified Firebase ID token."""

    uid: str
    request_id: str | None = None


def _doc_id(raw: str) -> str:
    """Make any id safe as a Firestore document id (no slashes, not '.', '..' or '__x__')."""
    return "k" + quote(raw, safe="")


def _raw_id(doc_id: str) -> str:
    return unquote(doc_id[1:])


def _record(created_at: datetime, body: str) -> dict[str, Any]:
    return {"created_at": created_at.astimezone(timezone.utc), "body": body}


class FirestoreRecipeStore(Store[CookContext]):
    """ChatKit store on an async Firestore client.

    Args:
        client: A ready `firestore.AsyncClient`; project and credentials are the caller's business.
        root: Name of the root collection, for running several stages in one project.
        max_page: The most records handed out at once, whatever a client asks for.
    """

    def __init__(
        self,
        client: firestore.AsyncClient,
        *,
        root: str = "cooks",
        max_page: int = 200,
    ) -> None:
        self._client = client
        self._root = root
        self._max_page = max_page

    # -- references --------------------------------------------------------------------------

    def _cook(self, context: CookContext) -> firestore.AsyncDocumentReference:
        if not context.uid:
            raise PermissionError("anonymous requests have no conversations")
        return self._client.collection(self._root).document(_doc_id(context.uid))

    def _threads(self, context: CookContext) -> firestore.AsyncCollectionReference:
        return self._cook(context).collection("threads")

    def _items(
        self, thread_id: str, context: CookContext
    ) -> firestore.AsyncCollectionReference:
        return self._threads(context).document(_doc_id(thread_id)).collection("items")

    def _file(
        self, attachment_id: str, context: CookContext
    ) -> firestore.AsyncDocumentReference:
        return self._cook(context).collection("files").document(_doc_id(attachment_id))

    async def _page(
        self,
        source: firestore.AsyncCollectionReference,
        parse: Callable[[str], T],
        *,
        after: str | None,
        limit: int,
        order: str,
        label: str,
    ) -> Page[T]:
        """One page of a collection, by time and then by document name (so no two are equal)."""
        direction = _DIRECTION.get(order)
        if direction is None:
            raise ValueError(f"order must be 'asc' or 'desc', got {order!r}")
        if limit < 1:
            raise ValueError("limit must be at least 1")
        size = min(limit, self._max_page)
        query = source.order_by("created_at", direction=direction).order_by(
            "__name__", direction=direction
        )
        if after is not None:
            cursor = await source.document(_doc_id(after)).get()
            if not cursor.exists:
                raise NotFoundError(f"{label} {after} not found")
            query = query.start_after(cursor)
        snapshots = await query.limit(size + 1).get()
        more = len(snapshots) > size
        shown = snapshots[:size]
        return Page(
            data=[parse(snapshot.get("body")) for snapshot in shown],
            has_more=more,
            after=_raw_id(shown[-1].id) if more else None,
        )

    # -- ids ---------------------------------------------------------------------------------

    def generate_thread_id(self, context: CookContext) -> str:
        return f"thr_{secrets.token_hex(16)}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: CookContext
    ) -> str:
        return f"{item_type}_{secrets.token_hex(16)}"

    # -- threads -----------------------------------------------------------------------------

    async def load_thread(self, thread_id: str, context: CookContext) -> ThreadMetadata:
        snapshot = await self._threads(context).document(_doc_id(thread_id)).get()
        if not snapshot.exists:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(snapshot.get("body"))

    async def save_thread(self, thread: ThreadMetadata, context: CookContext) -> None:
        body = thread.model_dump_json(exclude={"items"})
        await self._threads(context).document(_doc_id(thread.id)).set(
            _record(thread.created_at, body)
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: CookContext
    ) -> Page[ThreadMetadata]:
        return await self._page(
            self._threads(context),
            ThreadMetadata.model_validate_json,
            after=after,
            limit=limit,
            order=order,
            label="Thread",
        )

    async def delete_thread(self, thread_id: str, context: CookContext) -> None:
        # recursive_delete takes the document and every collection below it, the items included
        await self._client.recursive_delete(
            self._threads(context).document(_doc_id(thread_id))
        )
        files = self._cook(context).collection("files")
        attached = files.where(filter=firestore.FieldFilter("thread_id", "==", thread_id))
        async for snapshot in attached.stream():
            await snapshot.reference.delete()

    # -- items -------------------------------------------------------------------------------

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: CookContext,
    ) -> Page[ThreadItem]:
        return await self._page(
            self._items(thread_id, context),
            _ITEMS.validate_json,
            after=after,
            limit=limit,
            order=order,
            label="Item",
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: CookContext
    ) -> None:
        thread = await self._threads(context).document(_doc_id(thread_id)).get(["created_at"])
        if not thread.exists:
            raise NotFoundError(f"Thread {thread_id} not found")
        await self._items(thread_id, context).document(_doc_id(item.id)).set(
            _record(item.created_at, item.model_dump_json())
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: CookContext
    ) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: CookContext
    ) -> ThreadItem:
        snapshot = await self._items(thread_id, context).document(_doc_id(item_id)).get()
        if not snapshot.exists:
            raise NotFoundError(f"Item {item_id} not found")
        return _ITEMS.validate_json(snapshot.get("body"))

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: CookContext
    ) -> None:
        await self._items(thread_id, context).document(_doc_id(item_id)).delete()

    # -- attachments -------------------------------------------------------------------------

    async def save_attachment(self, attachment: Attachment, context: CookContext) -> None:
        await self._file(attachment.id, context).set(
            {"thread_id": attachment.thread_id, "body": attachment.model_dump_json()}
        )

    async def load_attachment(self, attachment_id: str, context: CookContext) -> Attachment:
        snapshot = await self._file(attachment_id, context).get()
        if not snapshot.exists:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _FILES.validate_json(snapshot.get("body"))

    async def delete_attachment(self, attachment_id: str, context: CookContext) -> None:
        await self._file(attachment_id, context).delete()
