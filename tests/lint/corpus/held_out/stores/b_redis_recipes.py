"""Recipe coach: threads in Redis. Bodies live in hashes, the order in sorted sets.

Every key begins with the digest of the cook it belongs to, see `CookKeys`.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from redis.asyncio import Redis
from typing_extensions import TypedDict

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

PAGE_CEILING: Final = 200

ITEMS: Final[TypeAdapter[ThreadItem]] = TypeAdapter(ThreadItem)
FILES: Final[TypeAdapter[Attachment]] = TypeAdapter(Attachment)


class CoachContext(TypedDict):
    cook_id: str
    locale: str


@dataclass(frozen=True, slots=True)
class CookKeys:
    prefix: str

    @classmethod
    def of(cls, context: CoachContext) -> CookKeys:
        cook = context.get("cook_id")
        if not isinstance(cook, str) or not cook:
            raise PermissionError("cook_id is missing from the request context")
        return cls("coach:" + hashlib.sha256(cook.encode()).hexdigest())

    @property
    def threads(self) -> str:
        return f"{self.prefix}:threads"

    @property
    def thread_order(self) -> str:
        return f"{self.prefix}:thread-order"

    @property
    def files(self) -> str:
        return f"{self.prefix}:files"

    def items(self, thread_id: str) -> str:
        return f"{self.prefix}:items:{thread_id}"

    def item_order(self, thread_id: str) -> str:
        return f"{self.prefix}:item-order:{thread_id}"

    def thread_files(self, thread_id: str) -> str:
        return f"{self.prefix}:thread-files:{thread_id}"


def score(moment: datetime) -> int:
    # microseconds since 1970 stay below 2**53: exact as a sorted-set score
    return round(moment.timestamp() * 1_000_000)


class RecipeStore(Store[CoachContext]):
    def __init__(self, redis: Redis) -> None:
        """`redis` decodes its responses (decode_responses=True)."""
        self.redis = redis

    def generate_thread_id(self, context: CoachContext) -> str:
        return self._fresh("thr")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: CoachContext
    ) -> str:
        return self._fresh(item_type)

    @staticmethod
    def _fresh(prefix: str) -> str:
        return f"{prefix}_{uuid.uuid4().hex}"

    # -- threads ---------------------------------------------------------
    async def load_thread(self, thread_id: str, context: CoachContext) -> ThreadMetadata:
        body = await self.redis.hget(CookKeys.of(context).threads, thread_id)
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: CoachContext) -> None:
        keys = CookKeys.of(context)
        body = thread.model_dump_json(exclude={"items"})
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hset(keys.threads, thread.id, body)
            pipe.zadd(keys.thread_order, {thread.id: score(thread.created_at)})
            await pipe.execute()

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: CoachContext
    ) -> Page[ThreadMetadata]:
        keys = CookKeys.of(context)
        ids, more = await self._window(keys.thread_order, after, limit, order, "Thread")
        bodies = await self.redis.hmget(keys.threads, ids) if ids else []
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(body) for body in bodies if body is not None],
            has_more=more,
            after=ids[-1] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: CoachContext) -> None:
        keys = CookKeys.of(context)
        files = await self.redis.smembers(keys.thread_files(thread_id))
        async with self.redis.pipeline(transaction=True) as pipe:
            if files:
                pipe.hdel(keys.files, *files)
            pipe.delete(
                keys.thread_files(thread_id), keys.items(thread_id), keys.item_order(thread_id)
            )
            pipe.zrem(keys.thread_order, thread_id)
            pipe.hdel(keys.threads, thread_id)
            await pipe.execute()

    # -- items -----------------------------------------------------------
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: CoachContext
    ) -> Page[ThreadItem]:
        keys = CookKeys.of(context)
        ids, more = await self._window(keys.item_order(thread_id), after, limit, order, "Item")
        bodies = await self.redis.hmget(keys.items(thread_id), ids) if ids else []
        return Page[ThreadItem](
            data=[ITEMS.validate_json(body) for body in bodies if body is not None],
            has_more=more,
            after=ids[-1] if more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: CoachContext
    ) -> None:
        await self._store_item(CookKeys.of(context), thread_id, item)

    async def save_item(self, thread_id: str, item: ThreadItem, context: CoachContext) -> None:
        await self._store_item(CookKeys.of(context), thread_id, item)

    async def load_item(
        self, thread_id: str, item_id: str, context: CoachContext
    ) -> ThreadItem:
        body = await self.redis.hget(CookKeys.of(context).items(thread_id), item_id)
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: CoachContext
    ) -> None:
        keys = CookKeys.of(context)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.zrem(keys.item_order(thread_id), item_id)
            pipe.hdel(keys.items(thread_id), item_id)
            await pipe.execute()

    # -- attachments -----------------------------------------------------
    async def save_attachment(self, attachment: Attachment, context: CoachContext) -> None:
        keys = CookKeys.of(context)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hset(keys.files, attachment.id, attachment.model_dump_json())
            if attachment.thread_id is not None:
                pipe.sadd(keys.thread_files(attachment.thread_id), attachment.id)
            await pipe.execute()

    async def load_attachment(self, attachment_id: str, context: CoachContext) -> Attachment:
        body = await self.redis.hget(CookKeys.of(context).files, attachment_id)
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return FILES.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: CoachContext) -> None:
        await self.redis.hdel(CookKeys.of(context).files, attachment_id)

    # -- helpers ---------------------------------------------------------
    async def _store_item(self, keys: CookKeys, thread_id: str, item: ThreadItem) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} carries thread {item.thread_id}, not {thread_id}")
        if not await self.redis.hexists(keys.threads, thread_id):
            raise NotFoundError(f"Thread {thread_id} not found")
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hset(keys.items(thread_id), item.id, item.model_dump_json())
            pipe.zadd(keys.item_order(thread_id), {item.id: score(item.created_at)})
            await pipe.execute()

    async def _window(
        self, key: str, after: str | None, limit: int, order: str, noun: str
    ) -> tuple[list[str], bool]:
        """Ids by rank: members of one score have ranks of their own, so none is lost."""
        if order not in ("asc", "desc"):
            raise ValueError(f"unknown order {order!r}")
        if limit < 1:
            raise ValueError("limit must be positive")
        size = min(limit, PAGE_CEILING)
        newest_first = order == "desc"
        start = 0
        if after is not None:
            rank_of = self.redis.zrevrank if newest_first else self.redis.zrank
            rank = await rank_of(key, after)
            if rank is None:
                raise NotFoundError(f"{noun} {after} not found")
            start = rank + 1
        ids: list[str] = await self.redis.zrange(key, start, start + size, desc=newest_first)
        return ids[:size], len(ids) > size
