"""Travel agency on MongoDB (motor): trips and their messages in two collections."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pydantic import TypeAdapter

MESSAGE: TypeAdapter[Any] = TypeAdapter(ThreadItem)
DOCUMENT: TypeAdapter[Any] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class Traveller:
    customer_no: str


def trip_key(who: Traveller, thread_id: str) -> dict[str, str]:
    return {"owner": who.customer_no, "tripId": thread_id}


def message_key(who: Traveller, thread_id: str, item_id: str) -> dict[str, str]:
    return {"owner": who.customer_no, "trip": thread_id, "messageId": item_id}


class TravelStore(Store[Traveller]):
    def __init__(self, db: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
        self._trips = db["trips"]
        self._messages = db["trip_messages"]
        self._documents = db["trip_documents"]

    async def ensure_indexes(self) -> None:
        await self._trips.create_index([("owner", 1), ("tripId", 1)], unique=True)
        await self._messages.create_index([("owner", 1), ("trip", 1), ("messageId", 1)], unique=True)
        await self._documents.create_index([("owner", 1), ("documentId", 1)], unique=True)

    def generate_thread_id(self, context: Traveller) -> str:
        return f"trip_{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Traveller) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _json(
        self, collection: AsyncIOMotorCollection[dict[str, Any]], key: dict[str, str], missing: str
    ) -> str:
        found = await collection.find_one(key, {"json": 1})
        if found is None:
            raise NotFoundError(missing)
        return str(found["json"])

    async def _page(
        self,
        collection: AsyncIOMotorCollection[dict[str, Any]],
        scope: dict[str, str],
        cursor_key: dict[str, str] | None,
        limit: int,
        order: str,
        missing: str,
    ) -> tuple[list[str], bool]:
        """One page by (instant, _id); the instant is kept as microseconds, BSON dates have only thousandths."""
        way, step = (1, "$gt") if order == "asc" else (-1, "$lt")
        query: dict[str, Any] = dict(scope)
        if cursor_key is not None:
            mark = await collection.find_one(cursor_key, {"at": 1})
            if mark is None:
                raise NotFoundError(missing)
            query["$or"] = [
                {"at": {step: mark["at"]}},
                {"at": mark["at"], "_id": {step: mark["_id"]}},
            ]
        size = max(1, limit)
        rows = await collection.find(query).sort([("at", way), ("_id", way)]).limit(size + 1).to_list(size + 1)
        return [row["json"] for row in rows[:size]], len(rows) > size

    async def load_thread(self, thread_id: str, context: Traveller) -> ThreadMetadata:
        raw = await self._json(self._trips, trip_key(context, thread_id), f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(raw)

    async def save_thread(self, thread: ThreadMetadata, context: Traveller) -> None:
        at = int(thread.created_at.timestamp() * 1_000_000)
        await self._trips.update_one(
            trip_key(context, thread.id),
            {"$set": {"json": thread.model_dump_json(exclude={"items"}), "at": at}},
            upsert=True)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Traveller
    ) -> Page[ThreadMetadata]:
        raws, more = await self._page(
            self._trips, {"owner": context.customer_no},
            None if after is None else trip_key(context, after), limit, order, f"Thread {after} not found")
        data = [ThreadMetadata.model_validate_json(raw) for raw in raws]
        return Page[ThreadMetadata](data=data, has_more=more, after=data[-1].id if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Traveller
    ) -> Page[ThreadItem]:
        raws, more = await self._page(
            self._messages, {"owner": context.customer_no, "trip": thread_id},
            None if after is None else message_key(context, thread_id, after),
            limit, order, f"Item {after} not found")
        data = [MESSAGE.validate_json(raw) for raw in raws]
        return Page[ThreadItem](data=data, has_more=more, after=data[-1].id if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Traveller) -> None:
        await self.load_thread(thread_id, context)
        at = int(item.created_at.timestamp() * 1_000_000)
        await self._messages.insert_one(  # CKF203
            {**message_key(context, thread_id, item.id), "json": item.model_dump_json(), "at": at})

    async def save_item(self, thread_id: str, item: ThreadItem, context: Traveller) -> None:
        await self.load_thread(thread_id, context)
        at = int(item.created_at.timestamp() * 1_000_000)
        await self._messages.update_one(
            message_key(context, thread_id, item.id),
            {"$set": {"json": item.model_dump_json(), "at": at}},
            upsert=True)

    async def load_item(self, thread_id: str, item_id: str, context: Traveller) -> ThreadItem:
        raw = await self._json(
            self._messages, message_key(context, thread_id, item_id), f"Item {item_id} not found")
        return MESSAGE.validate_json(raw)

    async def delete_thread(self, thread_id: str, context: Traveller) -> None:  # CKF218
        key = trip_key(context, thread_id)
        await self._messages.delete_many(key)
        await self._trips.delete_one(key)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Traveller) -> None:
        await self._messages.delete_one(message_key(context, thread_id, item_id))

    async def save_attachment(self, attachment: Attachment, context: Traveller) -> None:
        await self._documents.update_one(
            {"owner": context.customer_no, "documentId": attachment.id},
            {"$set": {"json": attachment.model_dump_json()}},
            upsert=True)

    async def load_attachment(self, attachment_id: str, context: Traveller) -> Attachment:
        raw = await self._json(
            self._documents, {"owner": context.customer_no, "documentId": attachment_id},
            f"Attachment {attachment_id} not found")
        return DOCUMENT.validate_json(raw)

    async def delete_attachment(self, attachment_id: str, context: Traveller) -> None:
        await self._documents.delete_one({"documentId": attachment_id})  # CKF201
