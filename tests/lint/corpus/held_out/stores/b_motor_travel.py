"""Trip planner conversations in MongoDB (motor)."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pydantic import BaseModel, TypeAdapter
from pymongo import ASCENDING, DESCENDING

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

Doc = dict[str, Any]
Collection = AsyncIOMotorCollection[Doc]

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
FILE: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class Traveller(BaseModel):
    account_id: str
    currency: str = "EUR"


def _owned(context: Traveller, **keys: Any) -> Doc:
    if not context.account_id:
        raise PermissionError("anonymous travellers have no conversations")
    return {"account": context.account_id, **keys}


def _ticks(moment: datetime) -> int:
    """Int64 microseconds: BSON dates would cut them to milliseconds."""
    return round(moment.timestamp() * 1_000_000)


def _new_id(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"  # CKF116


class TripStore(Store[Traveller]):
    def __init__(self, database: AsyncIOMotorDatabase[Doc]) -> None:
        self.threads: Collection = database["trip_threads"]
        self.items: Collection = database["trip_items"]
        self.files: Collection = database["trip_files"]

    async def ensure_indexes(self) -> None:
        await self.threads.create_index([("account", 1), ("id", 1)], unique=True)
        await self.items.create_index([("account", 1), ("thread", 1), ("id", 1)], unique=True)
        await self.items.create_index([("account", 1), ("thread", 1), ("at", 1), ("id", 1)])
        await self.files.create_index([("account", 1), ("id", 1)], unique=True)

    def generate_thread_id(self, context: Traveller) -> str:
        return _new_id("trip")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Traveller
    ) -> str:
        return _new_id(item_type)

    async def load_thread(self, thread_id: str, context: Traveller) -> ThreadMetadata:
        doc = await self.threads.find_one(_owned(context, id=thread_id))
        if doc is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(doc["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Traveller) -> None:
        body = thread.model_dump_json(include={"id", "title", "created_at", "metadata"})  # CKF207
        await self.threads.update_one(
            _owned(context, id=thread.id),
            {"$set": {"at": _ticks(thread.created_at), "body": body}},
            upsert=True,
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Traveller
    ) -> Page[ThreadMetadata]:
        query = _owned(context)
        if after is not None:
            edge = await self.threads.find_one(_owned(context, id=after))
            if edge is None:
                raise NotFoundError(f"Thread {after} not found")
            query["$or"] = self._beyond(edge, order)
        docs, last = await self._take(self.threads, query, limit, order)
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(doc["body"]) for doc in docs],
            has_more=last is not None,
            after=last,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Traveller
    ) -> Page[ThreadItem]:
        query = _owned(context, thread=thread_id)
        if after is not None:
            edge = await self.items.find_one(_owned(context, thread=thread_id, id=after))
            if edge:  # CKF214
                query["$or"] = self._beyond(edge, order)
        docs, last = await self._take(self.items, query, limit, order)
        return Page[ThreadItem](
            data=[ITEM.validate_json(doc["body"]) for doc in docs],
            has_more=last is not None,
            after=last,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: Traveller
    ) -> None:
        await self._put_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Traveller) -> None:
        await self._put_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: Traveller
    ) -> ThreadItem:
        doc = await self.items.find_one({"thread": thread_id, "id": item_id})  # CKF201
        if doc is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(doc["body"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: Traveller
    ) -> None:
        await self.items.delete_one({"thread": thread_id, "id": item_id})  # CKF201

    async def delete_thread(self, thread_id: str, context: Traveller) -> None:
        await self.items.delete_many(_owned(context, thread=thread_id))
        await self.files.delete_many(_owned(context, thread=thread_id))
        await self.threads.delete_one(_owned(context, id=thread_id))

    async def save_attachment(self, attachment: Attachment, context: Traveller) -> None:
        await self.files.update_one(
            _owned(context, id=attachment.id),
            {"$set": {"thread": attachment.thread_id, "body": attachment.model_dump_json()}},
            upsert=True,
        )

    async def load_attachment(self, attachment_id: str, context: Traveller) -> Attachment:
        doc = await self.files.find_one(_owned(context, id=attachment_id))
        if doc is None:
            raise KeyError(attachment_id)  # CKF206
        return FILE.validate_json(doc["body"])

    async def delete_attachment(self, attachment_id: str, context: Traveller) -> None:
        await self.files.delete_one(_owned(context, id=attachment_id))

    async def _put_item(self, thread_id: str, item: ThreadItem, context: Traveller) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} is of another thread")
        if await self.threads.find_one(_owned(context, id=thread_id), {"_id": 1}) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        await self.items.update_one(
            _owned(context, thread=thread_id, id=item.id),
            {"$set": {"at": _ticks(item.created_at), "body": item.model_dump_json()}},
            upsert=True,
        )

    @staticmethod
    def _beyond(edge: Doc, order: str) -> list[Doc]:
        op = "$lt" if order == "desc" else "$gt"
        return [
            {"at": {op: edge["at"]}},
            {"at": edge["at"], "id": {op: edge["id"]}},
        ]

    @staticmethod
    async def _take(
        collection: Collection, query: Doc, limit: int, order: str
    ) -> tuple[list[Doc], str | None]:
        if order not in ("asc", "desc") or limit < 1:
            raise ValueError("order is asc or desc, limit is positive")
        size = min(limit, 200)
        way = DESCENDING if order == "desc" else ASCENDING
        cursor = collection.find(query).sort([("at", way), ("id", way)]).limit(size + 1)
        docs = await cursor.to_list(length=size + 1)
        shown = docs[:size]
        return shown, shown[-1]["id"] if len(docs) > size else None
