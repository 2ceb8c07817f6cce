import uuid
from datetime import datetime
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from pydantic import TypeAdapter

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from .errors import missing_is_not_found
from .partition import ClaimsContext, Document, HolderPartition, document_id

ITEM = TypeAdapter[ThreadItem](ThreadItem)
ATTACHMENT = TypeAdapter[Attachment](Attachment)
LARGEST_PAGE = 200

_HEAD = "SELECT TOP @top * FROM c WHERE c.kind = @kind AND c.thread = @thread"
_FIRST = {
    "asc": _HEAD + " ORDER BY c.instant ASC, c.id ASC",
    "desc": _HEAD + " ORDER BY c.instant DESC, c.id DESC",
}
_NEXT = {
    "asc": _HEAD
    + " AND (c.instant > @instant OR (c.instant = @instant AND c.id > @edge))"
    + " ORDER BY c.instant ASC, c.id ASC",
    "desc": _HEAD
    + " AND (c.instant < @instant OR (c.instant = @instant AND c.id < @edge))"
    + " ORDER BY c.instant DESC, c.id DESC",
}
_OF_THREAD = "SELECT c.id FROM c WHERE c.thread = @thread AND c.kind IN ('item', 'attachment')"

# threads are listed through the same queries; they all sit in this "thread"
NO_THREAD = ""


def _instant(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class ClaimsStore(Store[ClaimsContext]):
    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    def _partition(self, context: ClaimsContext) -> HolderPartition:
        return HolderPartition(self._container, context)

    def generate_thread_id(self, context: ClaimsContext) -> str:
        return f"claimchat-{uuid.uuid4()}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: ClaimsContext
    ) -> str:
        return f"{item_type}-{uuid.uuid4()}"

    @missing_is_not_found("Thread")
    async def load_thread(self, thread_id: str, context: ClaimsContext) -> ThreadMetadata:
        document = await self._partition(context).read(document_id("thread", thread_id))
        return ThreadMetadata.model_validate_json(document["body"])

    async def save_thread(self, thread: ThreadMetadata, context: ClaimsContext) -> None:
        document: Document = {
            "kind": "thread",
            "thread": NO_THREAD,
            "chat_id": thread.id,
            "instant": _instant(thread.created_at),
            "body": thread.model_dump_json(exclude={"items"}),
        }
        await self._partition(context).write(document_id("thread", thread.id), document)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ClaimsContext
    ) -> Page[ThreadMetadata]:
        edge = None if after is None else document_id("thread", after)
        documents, last = await self._page(
            self._partition(context), "thread", NO_THREAD, edge, limit, order
        )
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(found["body"]) for found in documents],
            has_more=last is not None,
            after=last,
        )

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: ClaimsContext,
    ) -> Page[ThreadItem]:
        edge = None if after is None else document_id("item", thread_id, after)
        documents, last = await self._page(
            self._partition(context), "item", thread_id, edge, limit, order
        )
        return Page[ThreadItem](
            data=[ITEM.validate_json(found["body"]) for found in documents],
            has_more=last is not None,
            after=last,
        )

    @missing_is_not_found("Thread")
    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: ClaimsContext
    ) -> None:
        await self._write_item(self._partition(context), thread_id, item)

    @missing_is_not_found("Thread")
    async def save_item(
        self, thread_id: str, item: ThreadItem, context: ClaimsContext
    ) -> None:
        await self._write_item(self._partition(context), thread_id, item)

    @missing_is_not_found("Item")
    async def load_item(
        self, thread_id: str, item_id: str, context: ClaimsContext
    ) -> ThreadItem:
        found = await self._partition(context).read(document_id("item", thread_id, item_id))
        return ITEM.validate_json(found["body"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: ClaimsContext
    ) -> None:
        await self._partition(context).drop(document_id("item", thread_id, item_id))

    async def delete_thread(self, thread_id: str, context: ClaimsContext) -> None:
        partition = self._partition(context)
        for row in await partition.query(_OF_THREAD, thread=thread_id):
            await partition.drop(row["id"])
        await partition.drop(document_id("thread", thread_id))

    async def save_attachment(self, attachment: Attachment, context: ClaimsContext) -> None:
        document: dict[str, Any] = {
            "kind": "attachment",
            "thread": attachment.thread_id,
            "chat_id": attachment.id,
            "body": attachment.model_dump_json(),
        }
        await self._partition(context).write(document_id("attachment", attachment.id), document)

    @missing_is_not_found("Attachment")
    async def load_attachment(
        self, attachment_id: str, context: ClaimsContext
    ) -> Attachment:
        found = await self._partition(context).read(document_id("attachment", attachment_id))
        return ATTACHMENT.validate_json(found["body"])

    async def delete_attachment(self, attachment_id: str, context: ClaimsContext) -> None:
        await self._partition(context).drop(document_id("attachment", attachment_id))

    async def _write_item(
        self, partition: HolderPartition, thread_id: str, item: ThreadItem
    ) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} is not of thread {thread_id}")
        await partition.read(document_id("thread", thread_id))
        document: Document = {
            "kind": "item",
            "thread": thread_id,
            "chat_id": item.id,
            "instant": _instant(item.created_at),
            "body": item.model_dump_json(),
        }
        await partition.write(document_id("item", thread_id, item.id), document)

    async def _page(
        self,
        partition: HolderPartition,
        kind: str,
        thread: str,
        edge: str | None,
        limit: int,
        order: str,
    ) -> tuple[list[Document], str | None]:
        if order not in _FIRST:
            raise ValueError(f"order {order!r} is neither asc nor desc")
        if limit < 1:
            raise ValueError("limit must be positive")
        limit = min(limit, LARGEST_PAGE)
        if edge is None:
            found = await partition.query(
                _FIRST[order], top=limit + 1, kind=kind, thread=thread
            )
        else:
            try:
                mark = await partition.read(edge)
            except CosmosResourceNotFoundError as exc:
                raise NotFoundError(f"the {kind} to continue after was not found") from exc
            found = await partition.query(
                _NEXT[order],
                top=limit + 1,
                kind=kind,
                thread=thread,
                instant=mark["instant"],
                edge=edge,
            )
        shown = found[:limit]
        return shown, shown[-1]["chat_id"] if len(found) > limit else None
