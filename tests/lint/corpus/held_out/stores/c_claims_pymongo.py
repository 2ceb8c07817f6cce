"""MongoDB store of the claims assistant, on the plain (blocking) pymongo driver.

pymongo blocks, ChatKit is async: each store method hands one synchronous piece of work to a worker
thread. That piece only ever sees a `ClaimantRecords`, which is bound to one claimant and adds the
claimant to each filter by itself.

Bodies are stored as JSON text: user data with `$` or `.` in a key, or integers beyond 64 bits,
would not survive as BSON.
"""

import asyncio
import functools
import os
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, ParamSpec, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

P = ParamSpec("P")
R = TypeVar("R")
Document = dict[str, Any]

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MAX_PAGE = 200
SORTS: dict[str, tuple[int, str]] = {"asc": (ASCENDING, "$gt"), "desc": (DESCENDING, "$lt")}


@dataclass(frozen=True)
class ClaimsContext:
    claimant: str


class RecordMissing(LookupError):
    """Raised by the records layer; `translated` turns it into ChatKit's own exception."""


def translated(
    method: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Let ChatKit see `NotFoundError` where the records layer says `RecordMissing`."""

    @functools.wraps(method)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await method(*args, **kwargs)
        except RecordMissing as missing:
            raise NotFoundError(str(missing)) from missing

    return wrapper


def micros(moment: datetime) -> int:
    """The instant in whole microseconds. (BSON dates would keep milliseconds only.)"""
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


class ClaimantRecords:
    """One collection as one claimant may see it."""

    def __init__(self, collection: Collection[Document], claimant: str, label: str) -> None:
        if not claimant:
            raise PermissionError("the request names no claimant")
        self._collection = collection
        self._claimant = claimant
        self._label = label

    def _mine(self, **criteria: Any) -> Document:
        return {"claimant": self._claimant, **criteria}

    def body(self, key: str, **parent: str) -> str:
        found = self._collection.find_one(self._mine(key=key, **parent), {"body": 1})
        if found is None:
            raise RecordMissing(f"{self._label} {key} not found")
        return found["body"]

    def put(self, key: str, values: Document, **parent: str) -> None:
        """Insert or update; the claimant is part of what identifies the document."""
        self._collection.update_one(
            self._mine(key=key, **parent), {"$set": values}, upsert=True
        )

    def page(
        self, after: str | None, limit: int, order: str, **parent: str
    ) -> tuple[list[str], str | None]:
        """Bodies of one page and the cursor of the next one (None on the last page)."""
        if order not in SORTS:
            raise ValueError(f"order must be asc or desc, got {order!r}")
        if limit <= 0:
            raise ValueError("limit must be positive")
        direction, beyond = SORTS[order]
        size = min(limit, MAX_PAGE)
        criteria = self._mine(**parent)
        if after is not None:
            last = self._collection.find_one(self._mine(key=after, **parent), {"at": 1})
            if last is None:
                raise RecordMissing(f"{self._label} {after} not found")
            criteria["$or"] = [
                {"at": {beyond: last["at"]}},
                {"at": last["at"], "key": {beyond: after}},
            ]
        found = list(
            self._collection.find(criteria, {"key": 1, "body": 1})
            .sort([("at", direction), ("key", direction)])
            .limit(size + 1)
        )
        cursor = found[size - 1]["key"] if len(found) > size else None
        return [document["body"] for document in found[:size]], cursor

    def drop(self, **criteria: str) -> None:
        self._collection.delete_many(self._mine(**criteria))


class ClaimsStore(Store[ClaimsContext]):
    """ChatKit store over three collections: threads, items, attachments."""

    def __init__(self, database: Database[Document]) -> None:
        self._db = database

    @classmethod
    def from_environment(cls) -> "ClaimsStore":
        """Connect as the deployment says (CLAIMS_MONGO_URI, CLAIMS_MONGO_DB)."""
        client: MongoClient[Document] = MongoClient(os.environ["CLAIMS_MONGO_URI"])
        return cls(client[os.environ["CLAIMS_MONGO_DB"]])

    def ensure_indexes(self) -> None:
        """Run once at deployment time, from a synchronous script."""
        for name in ("threads", "attachments"):
            self._db[name].create_index([("claimant", 1), ("key", 1)], unique=True)
        self._db["items"].create_index(
            [("claimant", 1), ("thread", 1), ("key", 1)], unique=True
        )

    def _threads(self, context: ClaimsContext) -> ClaimantRecords:
        return ClaimantRecords(self._db["threads"], context.claimant, "Thread")

    def _items(self, context: ClaimsContext) -> ClaimantRecords:
        return ClaimantRecords(self._db["items"], context.claimant, "Item")

    def _attachments(self, context: ClaimsContext) -> ClaimantRecords:
        return ClaimantRecords(self._db["attachments"], context.claimant, "Attachment")

    def generate_thread_id(self, context: ClaimsContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: ClaimsContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    @translated
    async def load_thread(self, thread_id: str, context: ClaimsContext) -> ThreadMetadata:
        body = await asyncio.to_thread(self._threads(context).body, thread_id)
        return ThreadMetadata.model_validate_json(body)

    @translated
    async def save_thread(self, thread: ThreadMetadata, context: ClaimsContext) -> None:
        await asyncio.to_thread(
            self._threads(context).put,
            thread.id,
            {
                "at": micros(thread.created_at),
                "body": thread.model_dump_json(exclude={"items"}),
            },
        )

    @translated
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ClaimsContext
    ) -> Page[ThreadMetadata]:
        bodies, cursor = await asyncio.to_thread(
            self._threads(context).page, after, limit, order
        )
        return Page(
            data=[ThreadMetadata.model_validate_json(body) for body in bodies],
            has_more=cursor is not None,
            after=cursor,
        )

    @translated
    async def delete_thread(self, thread_id: str, context: ClaimsContext) -> None:
        def work() -> None:
            self._items(context).drop(thread=thread_id)
            self._attachments(context).drop(thread=thread_id)
            self._threads(context).drop(key=thread_id)

        await asyncio.to_thread(work)

    @translated
    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: ClaimsContext,
    ) -> Page[ThreadItem]:
        bodies, cursor = await asyncio.to_thread(
            self._items(context).page, after, limit, order, thread=thread_id
        )
        return Page(
            data=[ITEM.validate_json(body) for body in bodies],
            has_more=cursor is not None,
            after=cursor,
        )

    @translated
    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: ClaimsContext
    ) -> None:
        def work() -> None:
            self._threads(context).body(thread_id)  # says so when the thread is not there
            self._items(context).put(
                item.id,
                {"at": micros(item.created_at), "body": item.model_dump_json()},
                thread=thread_id,
            )

        await asyncio.to_thread(work)

    # An item is upserted either way, so both names of the SDK do the same thing.
    @translated
    async def save_item(
        self, thread_id: str, item: ThreadItem, context: ClaimsContext
    ) -> None:
        await self.add_thread_item(thread_id, item, context)

    @translated
    async def load_item(
        self, thread_id: str, item_id: str, context: ClaimsContext
    ) -> ThreadItem:
        body = await asyncio.to_thread(self._items(context).body, item_id, thread=thread_id)
        return ITEM.validate_json(body)

    @translated
    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: ClaimsContext
    ) -> None:
        await asyncio.to_thread(self._items(context).drop, thread=thread_id, key=item_id)

    @translated
    async def save_attachment(self, attachment: Attachment, context: ClaimsContext) -> None:
        await asyncio.to_thread(
            self._attachments(context).put,
            attachment.id,
            {"thread": attachment.thread_id, "body": attachment.model_dump_json()},
        )

    @translated
    async def load_attachment(self, attachment_id: str, context: ClaimsContext) -> Attachment:
        body = await asyncio.to_thread(self._attachments(context).body, attachment_id)
        return ATTACHMENT.validate_json(body)

    @translated
    async def delete_attachment(self, attachment_id: str, context: ClaimsContext) -> None:
        await asyncio.to_thread(self._attachments(context).drop, key=attachment_id)
