"""MongoDB through PyMongo's own async client."""

from __future__ import annotations

import datetime
import logging
import uuid
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import BaseModel, TypeAdapter, ValidationError
from pymongo import ASCENDING, DESCENDING, AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection

logger = logging.getLogger(__name__)

Document = dict[str, Any]

_items = TypeAdapter[ThreadItem](ThreadItem)
_attachments = TypeAdapter[Attachment](Attachment)
_epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

SORT = {"asc": ("$gt", ASCENDING), "desc": ("$lt", DESCENDING)}


class Caller(BaseModel):
    account: str | None = None


def _when(value: datetime.datetime) -> int:
    # BSON dates stop at milliseconds; an integer of microseconds does not.
    gap = value.astimezone(datetime.timezone.utc) - _epoch
    return gap // datetime.timedelta(microseconds=1)


def _account(caller: Caller) -> str:
    if not caller.account:
        raise PermissionError("sign in first")
    return caller.account


def _beyond(mark: Document, order: str) -> Document:
    operator, _ = SORT[order]
    return {
        "$or": [
            {"when": {operator: mark["when"]}},
            {"when": mark["when"], "seq": {operator: mark["seq"]}},
        ]
    }


class CabinetStore(Store[Caller]):
    MAX_PAGE = 200

    def __init__(self, client: AsyncMongoClient[Document], database: str) -> None:
        db = client[database]
        self.threads: AsyncCollection[Document] = db["threads"]
        self.items: AsyncCollection[Document] = db["items"]
        self.attachments: AsyncCollection[Document] = db["attachments"]
        self.counters: AsyncCollection[Document] = db["counters"]

    async def prepare(self) -> None:
        await self.threads.create_index([("account", 1), ("id", 1)], unique=True)
        await self.items.create_index([("account", 1), ("thread", 1), ("id", 1)], unique=True)
        await self.items.create_index([("account", 1), ("thread", 1), ("when", 1), ("seq", 1)])
        await self.attachments.create_index([("account", 1), ("id", 1)], unique=True)

    def generate_thread_id(self, context: Caller) -> str:
        return f"thr_{uuid.uuid4()}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Caller
    ) -> str:
        return f"{item_type}_{uuid.uuid4()}"

    async def _next_seq(self) -> int:
        """Arrival order, which decides between rows of the same instant."""
        counter = await self.counters.find_one_and_update(
            {"_id": "arrivals"},
            {"$inc": {"value": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        if counter is None:
            raise RuntimeError("the counter of arrivals could not be moved")
        return counter["value"]

    async def _upsert(
        self, collection: AsyncCollection[Document], key: Document, values: Document
    ) -> None:
        await collection.update_one(
            key,
            {"$set": values, "$setOnInsert": {"seq": await self._next_seq()}},
            upsert=True,
        )

    async def _page(
        self,
        collection: AsyncCollection[Document],
        scope: Document,
        after: str | None,
        limit: int,
        order: str,
        kind: str,
    ) -> tuple[list[Document], str | None]:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        if order not in SORT:
            raise ValueError("order must be asc or desc")
        size = min(limit, self.MAX_PAGE)
        wanted = dict(scope)
        if after is not None:
            mark = await collection.find_one({**scope, "id": after})
            if mark is None:
                raise NotFoundError(f"{kind} {after} not found")
            wanted.update(_beyond(mark, order))
        _, direction = SORT[order]
        cursor = collection.find(wanted).sort([("when", direction), ("seq", direction)])
        found = await cursor.limit(size + 1).to_list()
        if len(found) > size:
            return found[:size], found[size - 1]["id"]
        return found, None

    async def load_thread(self, thread_id: str, context: Caller) -> ThreadMetadata:
        found = await self.threads.find_one({"account": _account(context), "id": thread_id})
        if not found:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(found["json"])

    async def save_thread(self, thread: ThreadMetadata, context: Caller) -> None:
        await self._upsert(
            self.threads,
            {"account": _account(context), "id": thread.id},
            {
                "when": _when(thread.created_at),
                "json": thread.model_dump_json(exclude={"items"}),
            },
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Caller
    ) -> Page[ThreadMetadata]:
        found, last = await self._page(
            self.threads, {"account": _account(context)}, after, limit, order, "Thread"
        )
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(one["json"]) for one in found],
            has_more=last is not None,
            after=last,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Caller
    ) -> Page[ThreadItem]:
        scope = {"account": _account(context), "thread": thread_id}
        found, last = await self._page(self.items, scope, after, limit, order, "Item")
        readable: list[ThreadItem] = []
        for one in found:
            try:
                readable.append(_items.validate_json(one["json"]))
            except ValidationError:
                logger.warning("item %s left out: unknown type", one["id"])
        return Page[ThreadItem](data=readable, has_more=last is not None, after=last)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item belongs to another thread")
        account = _account(context)
        if not await self.threads.count_documents({"account": account, "id": thread_id}, limit=1):
            raise NotFoundError(f"Thread {thread_id} not found")
        await self._upsert(
            self.items,
            {"account": account, "thread": thread_id, "id": item.id},
            {"when": _when(item.created_at), "json": _items.dump_json(item).decode()},
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Caller) -> ThreadItem:
        found = await self.items.find_one(
            {"account": _account(context), "thread": thread_id, "id": item_id},
            projection={"json": True},
        )
        if not found:
            raise NotFoundError(f"Item {item_id} not found")
        return _items.validate_json(found["json"])

    async def delete_thread(self, thread_id: str, context: Caller) -> None:
        inside = {"account": _account(context), "thread": thread_id}
        await self.items.delete_many(inside)
        await self.attachments.delete_many(inside)
        await self.threads.delete_one({"account": inside["account"], "id": thread_id})

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Caller) -> None:
        await self.items.delete_one(
            {"account": _account(context), "thread": thread_id, "id": item_id}
        )

    async def save_attachment(self, attachment: Attachment, context: Caller) -> None:
        await self._upsert(
            self.attachments,
            {"account": _account(context), "id": attachment.id},
            {
                "thread": attachment.thread_id,
                "json": _attachments.dump_json(attachment).decode(),
            },
        )

    async def load_attachment(self, attachment_id: str, context: Caller) -> Attachment:
        found = await self.attachments.find_one(
            {"account": _account(context), "id": attachment_id}
        )
        if not found:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _attachments.validate_json(found["json"])

    async def delete_attachment(self, attachment_id: str, context: Caller) -> None:
        await self.attachments.delete_one({"account": _account(context), "id": attachment_id})
