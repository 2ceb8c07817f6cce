"""MongoDB store of the travel assistant. A `BoundCollection` can only see one traveller's documents."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final, NamedTuple
from uuid import uuid4

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, ReturnDocument

Document = dict[str, Any]

DIRECTIONS: Final[Mapping[str, tuple[int, str]]] = {"asc": (ASCENDING, "$gt"), "desc": (DESCENDING, "$lt")}
MAX_PAGE: Final = 200
EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
attachment_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class Traveller(NamedTuple):
    tenant: str
    user: str


def to_micros(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


class BoundCollection:
    """Adds the traveller to each filter and to each inserted document."""

    def __init__(self, collection: "AsyncIOMotorCollection[Document]", owner: Traveller, noun: str) -> None:
        self._collection = collection
        self._owner = owner
        self._noun = noun

    def _bound(self, criteria: Mapping[str, Any]) -> Document:
        return {**criteria, "tenant": self._owner.tenant, "user": self._owner.user}

    async def _next_seq(self) -> int:
        counters = self._collection.database["chat_counters"]
        counter = await counters.find_one_and_update(
            {"_id": self._collection.name},
            {"$inc": {"value": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return counter["value"]

    async def get(self, key: str, **scope: str) -> Document:
        document = await self._collection.find_one(self._bound({"key": key, **scope}))
        if document is None:
            raise NotFoundError(f"{self._noun} {key} not found")
        return document

    async def put(self, key: str, values: Mapping[str, Any], **scope: str) -> None:
        await self._collection.update_one(
            self._bound({"key": key, **scope}),
            {"$set": dict(values), "$setOnInsert": {"seq": await self._next_seq()}},
            upsert=True,
        )

    async def drop(self, **criteria: str) -> None:
        await self._collection.delete_many(self._bound(criteria))

    async def slice(
        self, after: str | None, limit: int, order: str, **scope: str
    ) -> tuple[list[Document], str | None]:
        if order not in DIRECTIONS or limit <= 0:
            raise ValueError("order must be asc or desc, limit positive")
        direction, beyond = DIRECTIONS[order]
        size = min(limit, MAX_PAGE)
        criteria: Document = dict(scope)
        if after is not None:
            mark = await self.get(after, **scope)
            criteria["$or"] = [
                {"sort_at": {beyond: mark["sort_at"]}},
                {"sort_at": mark["sort_at"], "seq": {beyond: mark["seq"]}},
            ]
        found = self._collection.find(self._bound(criteria))
        documents = await found.sort([("sort_at", direction), ("seq", direction)]).limit(size + 1).to_list(size + 1)
        page = documents[:size]
        return page, page[-1]["key"] if len(documents) > size else None


class MongoAccess:
    """What the three halves of the store share."""

    def __init__(self, database: "AsyncIOMotorDatabase[Document]") -> None:
        self._database = database

    def _bind(self, name: str, noun: str, owner: Traveller) -> BoundCollection:
        if not (owner.tenant and owner.user):
            raise PermissionError("no traveller in the request context")
        return BoundCollection(self._database[name], owner, noun)

    def _threads(self, owner: Traveller) -> BoundCollection:
        return self._bind("chat_threads", "Thread", owner)

    def _items(self, owner: Traveller) -> BoundCollection:
        return self._bind("chat_items", "Item", owner)

    def _files(self, owner: Traveller) -> BoundCollection:
        return self._bind("chat_attachments", "Attachment", owner)

    async def ensure_indexes(self) -> None:
        await self._database["chat_threads"].create_index(["tenant", "user", "key"], unique=True)
        await self._database["chat_items"].create_index(["tenant", "user", "thread", "key"], unique=True)
        await self._database["chat_attachments"].create_index(["tenant", "user", "key"], unique=True)


class ThreadMethods(MongoAccess):
    async def load_thread(self, thread_id: str, context: Traveller) -> ThreadMetadata:
        document = await self._threads(context).get(thread_id)
        return ThreadMetadata.model_validate_json(document["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Traveller) -> None:
        body = thread.model_dump_json(exclude={"items"})
        await self._threads(context).put(thread.id, {"sort_at": to_micros(thread.created_at), "body": body})

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Traveller
    ) -> Page[ThreadMetadata]:
        documents, cursor = await self._threads(context).slice(after, limit, order)
        data = [ThreadMetadata.model_validate_json(document["body"]) for document in documents]
        return Page[ThreadMetadata](data=data, has_more=cursor is not None, after=cursor)

    async def delete_thread(self, thread_id: str, context: Traveller) -> None:
        await self._items(context).drop(thread=thread_id)
        await self._files(context).drop(thread=thread_id)
        await self._threads(context).drop(key=thread_id)


class ItemMethods(MongoAccess):
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Traveller
    ) -> Page[ThreadItem]:
        documents, cursor = await self._items(context).slice(after, limit, order, thread=thread_id)
        data = [item_adapter.validate_json(document["body"]) for document in documents]
        return Page[ThreadItem](data=data, has_more=cursor is not None, after=cursor)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Traveller) -> None:
        await self._threads(context).get(thread_id)
        values = {"sort_at": to_micros(item.created_at), "body": item_adapter.dump_json(item).decode()}
        await self._items(context).put(item.id, values, thread=thread_id)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Traveller) -> None:
        await self.save_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Traveller) -> ThreadItem:
        document = await self._items(context).get(item_id, thread=thread_id)
        return item_adapter.validate_json(document["body"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Traveller) -> None:
        await self._items(context).drop(key=item_id, thread=thread_id)


class AttachmentMethods(MongoAccess):
    async def save_attachment(self, attachment: Attachment, context: Traveller) -> None:
        body = attachment_adapter.dump_json(attachment).decode()
        await self._files(context).put(attachment.id, {"thread": attachment.thread_id, "body": body})

    async def load_attachment(self, attachment_id: str, context: Traveller) -> Attachment:
        document = await self._files(context).get(attachment_id)
        return attachment_adapter.validate_json(document["body"])

    async def delete_attachment(self, attachment_id: str, context: Traveller) -> None:
        await self._files(context).drop(key=attachment_id)


class TravelStore(ThreadMethods, ItemMethods, AttachmentMethods, Store[Traveller]):
    def generate_thread_id(self, context: Traveller) -> str:
        return f"trip_{uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Traveller) -> str:
        return f"{item_type}_{uuid4().hex}"
