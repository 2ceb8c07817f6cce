"""CachingStore: a read-through cache for the hot paths of the banking assistant (thread and item lookups).

Listings change with every message and always go to the wrapped store.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

ITEM_CODEC: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ABSENT = b"\x00absent"


class Cache(Protocol):
    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes, ttl: timedelta) -> None: ...

    async def evict(self, key: str) -> None: ...

    async def evict_prefix(self, prefix: str) -> None: ...


@dataclass(frozen=True)
class BankingContext:
    deployment: str
    customer_id: str
    trace_id: str


@dataclass(frozen=True)
class CachePolicy:
    present: timedelta = timedelta(minutes=5)
    absent: timedelta = timedelta(seconds=15)


class CachingStore(Store[BankingContext]):  # CKF101, CKF116
    """Overrides what is worth caching; everything else reaches the wrapped store through `__getattr__`."""

    def __init__(self, wrapped: Store[BankingContext], cache: Cache, policy: CachePolicy) -> None:
        self._wrapped = wrapped
        self._cache = cache
        self._policy = policy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    @staticmethod
    def _key(context: BankingContext, *parts: str) -> str:
        return ":".join(("chat", context.deployment, *parts))  # CKF201

    async def _remember(self, key: str, value: bytes) -> None:
        await self._cache.put(key, value, self._policy.present)

    async def _remember_absence(self, key: str) -> None:
        await self._cache.put(key, ABSENT, self._policy.absent)

    async def load_thread(self, thread_id: str, context: BankingContext) -> ThreadMetadata:
        key = self._key(context, "thread", thread_id)
        cached = await self._cache.get(key)
        if cached == ABSENT:
            raise KeyError(thread_id)  # CKF206
        if cached is not None:
            return ThreadMetadata.model_validate_json(cached)
        try:
            thread = await self._wrapped.load_thread(thread_id, context)
        except NotFoundError:
            await self._remember_absence(key)
            raise
        await self._remember(key, thread.model_dump_json(exclude={"items"}).encode())
        return thread

    async def save_thread(self, thread: ThreadMetadata, context: BankingContext) -> None:
        await self._wrapped.save_thread(thread, context)
        await self._cache.evict(self._key(context, "thread", thread.id))

    async def load_threads(  # CKF102
        self, after: str | None, limit: int, order: str, context: BankingContext
    ) -> Page[ThreadMetadata]:
        return await self._wrapped.load_threads(limit=limit, after=after, order=order, context=context)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: BankingContext
    ) -> Page[ThreadItem]:
        return await self._wrapped.load_thread_items(thread_id, after, limit, order, context)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: BankingContext) -> None:
        await self._wrapped.add_thread_item(thread_id, item, context)
        await self._cache.evict(self._key(context, "item", thread_id, item.id))

    async def save_item(self, thread_id: str, item: ThreadItem, context: BankingContext) -> None:
        await self._wrapped.save_item(thread_id, item, context)
        await self._cache.evict(self._key(context, "item", thread_id, item.id))

    async def load_item(self, thread_id: str, item_id: str, context: BankingContext) -> ThreadItem:
        key = self._key(context, "item", thread_id, item_id)
        cached = await self._cache.get(key)
        if cached == ABSENT:
            raise NotFoundError(f"Item {item_id} not found")
        if cached is not None:
            return ITEM_CODEC.validate_json(cached)
        try:
            item = await self._wrapped.load_item(thread_id, item_id, context)
        except NotFoundError:
            await self._remember_absence(key)
            raise
        await self._remember(key, ITEM_CODEC.dump_json(item))
        return item

    async def delete_thread_item(self, thread_id: str, item_id: str, context: BankingContext) -> None:
        await self._wrapped.delete_thread_item(thread_id, item_id, context)
        await self._cache.evict(self._key(context, "item", thread_id, item_id))

    async def delete_thread(self, thread_id: str, context: BankingContext) -> None:
        await self._wrapped.delete_thread(thread_id, context)
        await self._cache.evict(self._key(context, "thread", thread_id))
        await self._cache.evict_prefix(self._key(context, "item", thread_id, ""))
