"""Helpdesk conversations in MongoDB, one document per conversation.

The messages live *inside* the conversation document, so removing the document removes them.
Support threads are short (a few hundred entries), far below the 16 MB document limit.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pydantic import TypeAdapter, ValidationError
from pymongo import ASCENDING, DESCENDING, AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

log = logging.getLogger("helpdesk.store")

Doc = dict[str, Any]
ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)
PAGE_CAP = 200
DIRECTION = {"asc": ("$gt", ASCENDING), "desc": ("$lt", DESCENDING)}


@dataclass(frozen=True)
class Agent:
    """Who is calling: filled by the auth middleware."""

    user_id: str


def owner_of(context: Agent) -> str:
    if not isinstance(context.user_id, str) or not context.user_id:
        raise PermissionError("no signed-in user")
    return context.user_id


def compound(context: Agent, local_id: str) -> Doc:
    # The order of the two fields matters to MongoDB: always build the key here.
    return {"u": owner_of(context), "k": local_id}


def instant(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def checked(limit: int, order: str) -> int:
    if limit < 1 or order not in DIRECTION:
        raise ValueError(f"bad page request: limit={limit!r} order={order!r}")
    return min(limit, PAGE_CAP)


class HelpdeskStore(Store[Agent]):
    def __init__(self, client: AsyncMongoClient[Doc], database: str) -> None:
        db = client[database]
        self._conversations: AsyncCollection[Doc] = db["conversations"]
        self._files: AsyncCollection[Doc] = db["conversation_files"]

    async def ensure_indexes(self) -> None:
        await self._conversations.create_index([("_id.u", 1), ("at", 1), ("born", 1)])
        await self._files.create_index([("_id.u", 1), ("conversation", 1)])

    # -- ids ---------------------------------------------------------------------------------
    def generate_thread_id(self, context: Agent) -> str:
        return f"conv_{secrets.token_hex(12)}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Agent
    ) -> str:
        return f"{item_type}_{secrets.token_hex(12)}"

    # -- conversations -----------------------------------------------------------------------
    async def load_thread(self, thread_id: str, context: Agent) -> ThreadMetadata:
        found = await self._conversations.find_one(
            {"_id": compound(context, thread_id)}, {"meta": 1}
        )
        if found is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(found["meta"])

    async def save_thread(self, thread: ThreadMetadata, context: Agent) -> None:
        await self._conversations.update_one(
            {"_id": compound(context, thread.id)},
            {
                "$set": {
                    "meta": thread.model_dump_json(exclude={"items"}),
                    "at": instant(thread.created_at),
                },
                "$setOnInsert": {"entries": [], "born": ObjectId()},
            },
            upsert=True,
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Agent
    ) -> Page[ThreadMetadata]:
        size = checked(limit, order)
        beyond, direction = DIRECTION[order]
        criteria: Doc = {"_id.u": owner_of(context)}
        if after is not None:
            anchor = await self._conversations.find_one(
                {"_id": compound(context, after)}, {"at": 1, "born": 1}
            )
            if anchor is None:
                raise NotFoundError(f"Thread {after} not found")
            criteria["$or"] = [
                {"at": {beyond: anchor["at"]}},
                {"at": anchor["at"], "born": {beyond: anchor["born"]}},
            ]
        cursor = self._conversations.find(criteria, {"entries": 0})
        rows = await cursor.sort([("at", direction), ("born", direction)]).limit(size + 1).to_list()
        window = rows[:size]
        more = len(rows) > size
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["meta"]) for row in window],
            has_more=more,
            after=window[-1]["_id"]["k"] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: Agent) -> None:
        key = compound(context, thread_id)
        await self._conversations.delete_one({"_id": key})
        await self._files.delete_many({"_id.u": key["u"], "conversation": thread_id})

    # -- entries -----------------------------------------------------------------------------
    async def _put_entry(self, thread_id: str, item: ThreadItem, context: Agent) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} belongs to thread {item.thread_id}")
        key = compound(context, thread_id)
        at, body = instant(item.created_at), ITEM.dump_json(item).decode()
        for _ in range(2):  # the second round is for two writers that add one id at once
            known = await self._conversations.update_one(
                {"_id": key, "entries.id": item.id},
                {"$set": {"entries.$.at": at, "entries.$.body": body}},
            )
            if known.matched_count:
                return
            pushed = await self._conversations.update_one(
                {"_id": key, "entries.id": {"$ne": item.id}},
                {"$push": {"entries": {"id": item.id, "at": at, "body": body}}},
            )
            if pushed.matched_count:
                return
        raise NotFoundError(f"Thread {thread_id} not found")

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Agent) -> None:
        await self._put_entry(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Agent) -> None:
        await self._put_entry(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Agent) -> ThreadItem:
        found = await self._conversations.find_one(
            {"_id": compound(context, thread_id), "entries.id": item_id}, {"entries.$": 1}
        )
        if found is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(found["entries"][0]["body"])

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Agent
    ) -> Page[ThreadItem]:
        size = checked(limit, order)
        found = await self._conversations.find_one(
            {"_id": compound(context, thread_id)}, {"entries": 1}
        )
        entries: list[Doc] = found["entries"] if found else []
        entries = sorted(entries, key=lambda entry: entry["at"])  # stable: ties as pushed
        if order == "desc":
            entries.reverse()
        start = 0
        if after is not None:
            places = [n for n, entry in enumerate(entries) if entry["id"] == after]
            if not places:
                raise NotFoundError(f"Item {after} not found")
            start = places[0] + 1
        window = entries[start : start + size]
        more = len(entries) > start + size
        items: list[ThreadItem] = []
        for entry in window:
            try:
                items.append(ITEM.validate_json(entry["body"]))
            except ValidationError:
                log.warning("entry %s of %s is of a type unknown here", entry["id"], thread_id)
        return Page[ThreadItem](
            data=items, has_more=more, after=window[-1]["id"] if more else None
        )

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Agent) -> None:
        await self._conversations.update_one(
            {"_id": compound(context, thread_id)}, {"$pull": {"entries": {"id": item_id}}}
        )

    # -- files -------------------------------------------------------------------------------
    async def save_attachment(self, attachment: Attachment, context: Agent) -> None:
        await self._files.replace_one(
            {"_id": compound(context, attachment.id)},
            {
                "conversation": attachment.thread_id,
                "body": ATTACHMENT.dump_json(attachment).decode(),
            },
            upsert=True,
        )

    async def load_attachment(self, attachment_id: str, context: Agent) -> Attachment:
        found = await self._files.find_one({"_id": compound(context, attachment_id)})
        if found is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(found["body"])

    async def delete_attachment(self, attachment_id: str, context: Agent) -> None:
        await self._files.delete_one({"_id": compound(context, attachment_id)})
