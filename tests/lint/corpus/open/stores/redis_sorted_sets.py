"""ChatKit in Redis: one hash of documents and one sorted set of places per collection.

The members of a sorted set all have score 0 and begin with a zero-padded (created_at, seq), so
that ZRANGEBYLEX reads them in exactly that order and a page needs no offset.
"""

import logging
import uuid
from datetime import datetime
from typing import Any, cast

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

logger = logging.getLogger(__name__)

Context = dict[str, Any]

_items: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_attachments: TypeAdapter[Attachment] = TypeAdapter(Attachment)

# A place sorts as text: times before 1970 are moved up so that none is negative.
_SHIFT = 10**17

# Puts a document at a new place, or back at its old number among equal times.
_PUT = """
local old = redis.call('HGET', KEYS[2], ARGV[1])
local number
if old then
    number = string.sub(old, 20, 34)
    redis.call('ZREM', KEYS[3], old)
else
    number = string.format('%015d', redis.call('INCR', KEYS[4]))
end
local place = ARGV[2] .. ':' .. number .. ':' .. ARGV[1]
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], place)
redis.call('ZADD', KEYS[3], 0, place)
"""


class Collection:
    """The documents of one owner, or of one thread of theirs."""

    def __init__(self, redis: "Redis", *path: str) -> None:
        self._redis: Any = redis
        # Lengths go into the key, so that no owner can be spelt to look like another one's.
        self.key = "chat:" + ":".join(f"{len(part)}:{part}" for part in path)

    async def get(self, document_id: str) -> str | None:
        return cast("str | None", await self._redis.hget(f"{self.key}:docs", document_id))

    async def put(self, document_id: str, created_at: datetime, document: str) -> None:
        place = f"{round(created_at.timestamp() * 1_000_000) + _SHIFT:018d}"
        keys = [f"{self.key}:{name}" for name in ("docs", "places", "order", "seq")]
        await self._redis.eval(_PUT, len(keys), *keys, document_id, place, document)

    async def drop(self, document_id: str) -> None:
        place = await self._redis.hget(f"{self.key}:places", document_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(f"{self.key}:docs", document_id)
            pipe.hdel(f"{self.key}:places", document_id)
            if place is not None:
                pipe.zrem(f"{self.key}:order", place)
            await pipe.execute()

    async def clear(self) -> None:
        await self._redis.delete(
            *(f"{self.key}:{name}" for name in ("docs", "places", "order", "seq"))
        )

    async def page(
        self, kind: str, after: str | None, limit: int, order: str
    ) -> tuple[list[tuple[str, str]], bool]:
        """Return (id, document) pairs, and whether more follow."""
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        limit = min(limit, 200)
        start = None
        if after is not None:
            start = await self._redis.hget(f"{self.key}:places", after)
            if start is None:
                raise NotFoundError(f"{kind} {after} not found")
        name = f"{self.key}:order"
        if order == "asc":
            low = "-" if start is None else f"({start}"
            places = await self._redis.zrangebylex(name, low, "+", 0, limit + 1)
        else:
            high = "+" if start is None else f"({start}"
            places = await self._redis.zrevrangebylex(name, high, "-", 0, limit + 1)
        more = len(places) > limit
        ids = [place.split(":", 2)[2] for place in places[:limit]]
        if not ids:
            return [], False
        documents = await self._redis.hmget(f"{self.key}:docs", ids)
        return list(zip(ids, documents, strict=True)), more


class RedisStore(Store[Context]):
    """`redis` must have been made with `decode_responses=True`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def generate_thread_id(self, context: Context) -> str:
        return uuid.uuid4().hex

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return uuid.uuid4().hex

    def _owner(self, context: Context) -> str:
        match context:
            case {"user": {"sub": str(owner)}} if owner:
                return owner
        raise PermissionError("the request carries no verified user")

    def _threads_of(self, context: Context) -> Collection:
        return Collection(self._redis, "threads", self._owner(context))

    def _items_of(self, thread_id: str, context: Context) -> Collection:
        return Collection(self._redis, "items", self._owner(context), thread_id)

    def _files_of(self, context: Context) -> str:
        return Collection(self._redis, "files", self._owner(context)).key

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        document = await self._threads_of(context).get(thread_id)
        if document is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(document)

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        document = thread.model_dump_json(exclude={"items"})
        await self._threads_of(context).put(thread.id, thread.created_at, document)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        rows, more = await self._threads_of(context).page("Thread", after, limit, order)
        threads = [ThreadMetadata.model_validate_json(document) for _, document in rows]
        return Page(data=threads, has_more=more, after=rows[-1][0] if more else None)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        await self._items_of(thread_id, context).clear()
        await self._threads_of(context).drop(thread_id)
        files = self._files_of(context)
        redis: Any = self._redis
        for file_id, document in (await redis.hgetall(files)).items():
            if _attachments.validate_json(document).thread_id == thread_id:
                await redis.hdel(files, file_id)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        items = self._items_of(thread_id, context)
        rows, more = await items.page("Item", after, limit, order)
        data: list[ThreadItem] = []
        for item_id, document in rows:
            try:
                data.append(_items.validate_json(document))
            except ValidationError:
                logger.warning("item %s is of a type unknown here", item_id)
        return Page(data=data, has_more=more, after=rows[-1][0] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        if item.thread_id != thread_id:
            raise ValueError("item and thread do not belong together")
        if await self._threads_of(context).get(thread_id) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        items = self._items_of(thread_id, context)
        await items.put(item.id, item.created_at, item.model_dump_json())

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        document = await self._items_of(thread_id, context).get(item_id)
        if document is None:
            raise NotFoundError(f"Item {item_id} not found")
        return _items.validate_json(document)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        await self._items_of(thread_id, context).drop(item_id)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        redis: Any = self._redis
        await redis.hset(self._files_of(context), attachment.id, attachment.model_dump_json())

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        redis: Any = self._redis
        document = await redis.hget(self._files_of(context), attachment_id)
        if document is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _attachments.validate_json(document)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        redis: Any = self._redis
        await redis.hdel(self._files_of(context), attachment_id)
