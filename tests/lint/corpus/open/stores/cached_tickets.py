"""A Redis cache that stands in front of any other ChatKit store of the ticket desk.

Single threads and items are cached per customer in one hash per thread; pages
always come from the store behind. Redis being away never fails a request.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import secrets
import zlib
from collections.abc import Awaitable, Callable
from typing import Generic, ParamSpec, TypeVar, cast

from pydantic import TypeAdapter
from redis.asyncio import Redis
from redis.exceptions import RedisError
from typing_extensions import TypedDict

from chatkit.store import Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class DeskContext(TypedDict):
    tenant: str
    customer_id: str


class Codec(Generic[T]):
    """JSON by the SDK's own models, deflated."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        self._adapter = adapter

    def pack(self, value: T) -> bytes:
        return zlib.compress(self._adapter.dump_json(value))

    def unpack(self, blob: bytes) -> T:
        return self._adapter.validate_json(zlib.decompress(blob))


THREADS: Codec[ThreadMetadata] = Codec(TypeAdapter(ThreadMetadata))
ITEMS: Codec[ThreadItem] = Codec(TypeAdapter(ThreadItem))


def best_effort(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T | None]]:
    @functools.wraps(call)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return await call(*args, **kwargs)
        except RedisError:
            log.warning("ticket cache unavailable", exc_info=True)
            return None

    return guarded


class ThreadCache:
    META = "meta"

    def __init__(self, redis: Redis, ttl_seconds: int) -> None:
        self._redis = redis
        self._ttl = ttl_seconds

    @staticmethod
    def bucket(context: DeskContext, thread_id: str) -> str:
        identity = json.dumps([context["tenant"], context["customer_id"], thread_id])
        return f"ticketchat:{hashlib.sha256(identity.encode()).hexdigest()}"

    @staticmethod
    def slot(item_id: str) -> str:
        return f"item:{item_id}"

    @best_effort
    async def peek(self, context: DeskContext, thread_id: str, field: str) -> bytes | None:
        return cast("bytes | None", await self._redis.hget(self.bucket(context, thread_id), field))

    @best_effort
    async def keep(self, context: DeskContext, thread_id: str, field: str, blob: bytes) -> None:
        bucket = self.bucket(context, thread_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(bucket, field, blob)
            pipe.expire(bucket, self._ttl)
            await pipe.execute()

    @best_effort
    async def forget(self, context: DeskContext, thread_id: str, *fields: str) -> None:
        bucket = self.bucket(context, thread_id)
        if fields:
            await self._redis.hdel(bucket, *fields)
        else:
            await self._redis.delete(bucket)


class CachedTicketStore(Store[DeskContext]):
    def __init__(self, behind: Store[DeskContext], redis: Redis, *, ttl_seconds: int = 300) -> None:
        self._behind = behind
        self._cache = ThreadCache(redis, ttl_seconds)

    # ids: 192 random bits, whatever the store behind would have made

    def generate_thread_id(self, context: DeskContext) -> str:
        return self._random_id("thr")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: DeskContext) -> str:
        return self._random_id(item_type)

    @staticmethod
    def _random_id(prefix: str) -> str:
        return f"{prefix}_{secrets.token_urlsafe(24)}"

    # single objects: cached

    async def load_thread(self, thread_id: str, context: DeskContext) -> ThreadMetadata:
        blob = await self._cache.peek(context, thread_id, ThreadCache.META)
        if blob is not None:
            return THREADS.unpack(blob)
        thread = await self._behind.load_thread(thread_id, context)
        await self._cache.keep(context, thread_id, ThreadCache.META, THREADS.pack(thread))
        return thread

    async def load_item(self, thread_id: str, item_id: str, context: DeskContext) -> ThreadItem:
        slot = ThreadCache.slot(item_id)
        blob = await self._cache.peek(context, thread_id, slot)
        if blob is not None:
            return ITEMS.unpack(blob)
        item = await self._behind.load_item(thread_id, item_id, context)
        await self._cache.keep(context, thread_id, slot, ITEMS.pack(item))
        return item

    # writes: behind first, then the cached copy goes

    async def save_thread(self, thread: ThreadMetadata, context: DeskContext) -> None:
        await self._behind.save_thread(thread, context)
        await self._cache.forget(context, thread.id, ThreadCache.META)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: DeskContext) -> None:
        await self._behind.add_thread_item(thread_id, item, context)
        await self._cache.forget(context, thread_id, ThreadCache.slot(item.id))

    async def save_item(self, thread_id: str, item: ThreadItem, context: DeskContext) -> None:
        await self._behind.save_item(thread_id, item, context)
        await self._cache.forget(context, thread_id, ThreadCache.slot(item.id))

    async def delete_thread(self, thread_id: str, context: DeskContext) -> None:
        await self._behind.delete_thread(thread_id, context)
        await self._cache.forget(context, thread_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: DeskContext) -> None:
        await self._behind.delete_thread_item(thread_id, item_id, context)
        await self._cache.forget(context, thread_id, ThreadCache.slot(item_id))

    # pages and attachments: straight through

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: DeskContext
    ) -> Page[ThreadMetadata]:
        return await self._behind.load_threads(limit, after, order, context)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: DeskContext
    ) -> Page[ThreadItem]:
        return await self._behind.load_thread_items(thread_id, after, limit, order, context)

    async def save_attachment(self, attachment: Attachment, context: DeskContext) -> None:
        await self._behind.save_attachment(attachment, context)

    async def load_attachment(self, attachment_id: str, context: DeskContext) -> Attachment:
        return await self._behind.load_attachment(attachment_id, context)

    async def delete_attachment(self, attachment_id: str, context: DeskContext) -> None:
        await self._behind.delete_attachment(attachment_id, context)
