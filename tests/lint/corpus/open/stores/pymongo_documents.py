"""ChatKit documents in MongoDB, with PyMongo's own async client.

The ChatKit object is kept as JSON text: BSON dates have no microseconds and keys may not start
with a dollar sign. Beside it stand the few fields that are searched and sorted by.
"""

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError
from pymongo import ASCENDING, DESCENDING, AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection

logger = logging.getLogger(__name__)

Document = dict[str, Any]
WAY = {"asc": (ASCENDING, "$gt"), "desc": (DESCENDING, "$lt")}

thread_items: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
attachment_types: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class MongoStore(Store[Mapping[str, Any]]):
    def __init__(self, client: AsyncMongoClient[Document], database: str) -> None:
        db = client[database]
        self._threads: AsyncCollection[Document] = db["threads"]
        self._items: AsyncCollection[Document] = db["items"]
        self._attachments: AsyncCollection[Document] = db["attachments"]
        self._counters: AsyncCollection[Document] = db["counters"]

    async def ensure_indexes(self) -> None:
        await self._threads.create_index([("owner", 1), ("id", 1)], unique=True)
        await self._threads.create_index([("owner", 1), ("at", 1), ("seq", 1)])
        await self._items.create_index([("owner", 1), ("thread", 1), ("id", 1)], unique=True)
        await self._items.create_index([("owner", 1), ("thread", 1), ("at", 1), ("seq", 1)])
        await self._attachments.create_index([("owner", 1), ("id", 1)], unique=True)

    def generate_thread_id(self, context: Mapping[str, Any]) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Mapping[str, Any]
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    # helpers

    def _mine(self, context: Mapping[str, Any], **fields: Any) -> Document:
        """Return a filter for what belongs to the user of this request."""
        owner = context.get("user_id")
        if not isinstance(owner, str) or not owner:
            raise PermissionError("a signed-in user is needed")
        return {"owner": owner, **fields}

    async def _next(self) -> int:
        counter = await self._counters.find_one_and_update(
            {"_id": "seq"}, {"$inc": {"n": 1}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        assert counter is not None  # it was made if there was none
        return counter["n"]

    async def _upsert(
        self, collection: AsyncCollection[Document], key: Document, values: Document
    ) -> None:
        seq = await self._next()
        await collection.update_one(
            key, {"$set": values, "$setOnInsert": {"seq": seq}}, upsert=True
        )

    async def _read_page(
        self,
        collection: AsyncCollection[Document],
        scope: Document,
        kind: str,
        after: str | None,
        limit: int,
        order: str,
    ) -> tuple[list[Document], str | None]:
        if order not in WAY:
            raise ValueError(f"order must be one of {sorted(WAY)}")
        if limit < 1:
            raise ValueError("limit must be positive")
        limit = min(limit, 200)
        direction, beyond = WAY[order]
        query = dict(scope)
        if after is not None:
            last = await collection.find_one({**scope, "id": after})
            if last is None:
                raise NotFoundError(f"{kind} {after} not found")
            query["$or"] = [
                {"at": {beyond: last["at"]}},
                {"at": last["at"], "seq": {beyond: last["seq"]}},
            ]
        found = collection.find(query).sort([("at", direction), ("seq", direction)])
        rows = await found.limit(limit + 1).to_list(limit + 1)
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1]["id"]
        return rows, None

    @staticmethod
    def _at(moment: datetime) -> int:
        return round(moment.timestamp() * 1_000_000)

    # threads

    async def load_thread(self, thread_id: str, context: Mapping[str, Any]) -> ThreadMetadata:
        found = await self._threads.find_one(self._mine(context, id=thread_id))
        if found is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(found["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Mapping[str, Any]) -> None:
        values = {
            "at": self._at(thread.created_at),
            "body": thread.model_dump_json(exclude={"items"}),
        }
        await self._upsert(self._threads, self._mine(context, id=thread.id), values)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Mapping[str, Any]
    ) -> Page[ThreadMetadata]:
        rows, cursor = await self._read_page(
            self._threads, self._mine(context), "Thread", after, limit, order
        )
        return Page(
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows],
            has_more=cursor is not None,
            after=cursor,
        )

    async def delete_thread(self, thread_id: str, context: Mapping[str, Any]) -> None:
        within = self._mine(context, thread=thread_id)
        await self._items.delete_many(within)
        await self._attachments.delete_many(within)
        await self._threads.delete_one(self._mine(context, id=thread_id))

    # items

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: Mapping[str, Any],
    ) -> Page[ThreadItem]:
        scope = self._mine(context, thread=thread_id)
        rows, cursor = await self._read_page(self._items, scope, "Item", after, limit, order)
        items: list[ThreadItem] = []
        for row in rows:
            try:
                items.append(thread_items.validate_json(row["body"]))
            except ValidationError:
                logger.warning("item %s has a type this version does not know", row["id"])
        return Page(data=items, has_more=cursor is not None, after=cursor)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: Mapping[str, Any]
    ) -> None:
        if item.thread_id != thread_id:
            raise ValueError("an item is stored in its own thread only")
        thread = await self._threads.find_one(self._mine(context, id=thread_id), {"_id": 1})
        if thread is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        values = {"at": self._at(item.created_at), "body": item.model_dump_json()}
        await self._upsert(
            self._items, self._mine(context, thread=thread_id, id=item.id), values
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: Mapping[str, Any]
    ) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: Mapping[str, Any]
    ) -> ThreadItem:
        found = await self._items.find_one(self._mine(context, thread=thread_id, id=item_id))
        if found is None:
            raise NotFoundError(f"Item {item_id} not found")
        return thread_items.validate_json(found["body"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: Mapping[str, Any]
    ) -> None:
        await self._items.delete_one(self._mine(context, thread=thread_id, id=item_id))

    # attachments

    async def save_attachment(self, attachment: Attachment, context: Mapping[str, Any]) -> None:
        values = {"thread": attachment.thread_id, "body": attachment.model_dump_json()}
        await self._upsert(self._attachments, self._mine(context, id=attachment.id), values)

    async def load_attachment(
        self, attachment_id: str, context: Mapping[str, Any]
    ) -> Attachment:
        found = await self._attachments.find_one(self._mine(context, id=attachment_id))
        if found is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment_types.validate_json(found["body"])

    async def delete_attachment(self, attachment_id: str, context: Mapping[str, Any]) -> None:
        await self._attachments.delete_one(self._mine(context, id=attachment_id))
