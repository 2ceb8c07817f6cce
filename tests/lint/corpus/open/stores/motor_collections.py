"""MongoDB store (Motor). One collection per kind of object, documents scoped by `user`."""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    Attachment,
    Page,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
)
from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING
from typing_extensions import TypedDict


class ChatContext(TypedDict):
    user: str


ItemAdapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
AttachmentAdapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class MotorStore(Store[ChatContext]):
    def __init__(self, db: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
        self.threads = db["threads"]
        self.items = db["items"]
        self.attachments = db["attachments"]

    async def create_indexes(self) -> None:
        await self.threads.create_index([("user", 1), ("id", 1)], unique=True)
        await self.items.create_index([("user", 1), ("thread_id", 1), ("id", 1)], unique=True)
        await self.attachments.create_index([("user", 1), ("id", 1)], unique=True)

    def generate_thread_id(self, context: ChatContext) -> str:
        return f"thread_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: ChatContext
    ) -> str:
        return f"{item_type}_{int(time.time() * 1000)}"  # CKF116

    def _user(self, context: ChatContext) -> str:
        user = context.get("user")
        if not isinstance(user, str) or not user:
            raise PermissionError("no user in context")
        return user

    @staticmethod
    def _order(order: str) -> tuple[int, str]:
        if order == "asc":
            return ASCENDING, "$gt"
        if order == "desc":
            return DESCENDING, "$lt"
        raise ValueError("order must be asc or desc")

    @staticmethod
    def _micros(moment: datetime) -> int:
        return round(moment.timestamp() * 1_000_000)

    async def seed(self, thread: ThreadMetadata, text: str, context: ChatContext) -> None:
        """Put a first question into a thread, as if the user had asked it."""
        question = UserMessageItem(  # CKF106
            id=self.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[UserMessageTextContent(text=text)],
        )
        await self.add_thread_item(thread.id, question, context)

    async def load_thread(self, thread_id: str, context: ChatContext) -> ThreadMetadata:
        doc = await self.threads.find_one({"user": self._user(context), "id": thread_id})
        if doc is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(doc["body"])

    async def save_thread(self, thread: ThreadMetadata, context: ChatContext) -> None:
        body = thread.model_dump_json(include={"id", "title", "created_at"})  # CKF207
        await self.threads.update_one(
            {"user": self._user(context), "id": thread.id},
            {
                "$set": {"at": self._micros(thread.created_at), "body": body},
                "$setOnInsert": {"seq": time.time_ns()},
            },
            upsert=True,
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ChatContext
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        limit = min(limit, 200)
        direction, beyond = self._order(order)
        query: dict[str, Any] = {"user": self._user(context)}
        if after is not None:
            last = await self.threads.find_one({**query, "id": after})
            if last is None:
                raise NotFoundError(f"Thread {after} not found")
            query["at"] = {beyond: last["at"]}  # CKF210
        docs = await self.threads.find(query).sort("at", direction).to_list(limit + 1)
        has_more = len(docs) > limit
        docs = docs[:limit]
        return Page(
            data=[ThreadMetadata.model_validate_json(doc["body"]) for doc in docs],
            has_more=has_more,
            after=docs[-1]["id"] if has_more else None,
        )

    async def delete_thread(self, thread_id: str, context: ChatContext) -> None:  # CKF218
        await self.threads.delete_one({"user": self._user(context), "id": thread_id})

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: ChatContext
    ) -> Page[ThreadItem]:
        if limit < 1:
            raise ValueError("limit must be positive")
        limit = min(limit, 200)
        direction, beyond = self._order(order)
        query: dict[str, Any] = {"thread_id": thread_id}  # CKF201
        if after is not None:
            last = await self.items.find_one({**query, "id": after})
            if last is None:
                raise NotFoundError(f"Item {after} not found")
            query["$or"] = [
                {"at": {beyond: last["at"]}},
                {"at": last["at"], "seq": {beyond: last["seq"]}},
            ]
        found = self.items.find(query).sort([("at", direction), ("seq", direction)])
        docs = await found.to_list(limit + 1)
        has_more = len(docs) > limit
        docs = docs[:limit]
        return Page(
            data=[ItemAdapter.validate_json(doc["body"]) for doc in docs],
            has_more=has_more,
            after=docs[-1]["id"] if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: ChatContext
    ) -> None:
        user = self._user(context)
        if await self.threads.find_one({"user": user, "id": thread_id}) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        await self.items.update_one(
            {"user": user, "thread_id": thread_id, "id": item.id},
            {
                "$set": {"at": self._micros(item.created_at), "body": item.model_dump_json()},
                "$setOnInsert": {"seq": time.time_ns()},
            },
            upsert=True,
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: ChatContext) -> None:
        await self.items.update_one(  # CKF204
            {"user": self._user(context), "thread_id": thread_id, "id": item.id},
            {"$set": {"at": self._micros(item.created_at), "body": item.model_dump_json()}},
        )

    async def load_item(  # CKF102
        self, item_id: str, thread_id: str, context: ChatContext
    ) -> ThreadItem:
        doc = await self.items.find_one(
            {"user": self._user(context), "thread_id": thread_id, "id": item_id}
        )
        if doc is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ItemAdapter.validate_json(doc["body"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: ChatContext
    ) -> None:
        await self.items.delete_one(
            {"user": self._user(context), "thread_id": thread_id, "id": item_id}
        )

    async def save_attachment(self, attachment: Attachment, context: ChatContext) -> None:
        await self.attachments.replace_one(
            {"user": self._user(context), "id": attachment.id},
            {
                "user": self._user(context),
                "id": attachment.id,
                "thread_id": attachment.thread_id,
                "body": attachment.model_dump_json(),
            },
            upsert=True,
        )

    async def load_attachment(self, attachment_id: str, context: ChatContext) -> Attachment:
        doc = await self.attachments.find_one(
            {"user": self._user(context), "id": attachment_id}
        )
        if doc is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return AttachmentAdapter.validate_json(doc["body"])

    async def delete_attachment(self, attachment_id: str, context: ChatContext) -> None:
        await self.attachments.delete_one({"user": self._user(context), "id": attachment_id})
