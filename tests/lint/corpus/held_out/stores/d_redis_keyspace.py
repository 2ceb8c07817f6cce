"""Redis store of the fleet assistant.

Keyspace: `thread:{id}` (hash: owner, body), `thread:{id}:items` (hash id -> body), `thread:{id}:order` (sorted set),
`owner:{owner}:threads` (sorted set), `owner:{owner}:files` (hash id -> body).
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from redis.asyncio import Redis

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
item_codec: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
file_codec: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class Dispatcher:
    depot: str
    badge: str

    def owner(self) -> str:
        if not self.depot or not self.badge:
            raise PermissionError("unknown dispatcher")
        return f"{len(self.depot)}.{self.depot}.{self.badge}"


class Keys:
    @staticmethod
    def thread(thread_id: str) -> str:
        return f"thread:{thread_id}"

    @staticmethod
    def items(thread_id: str) -> str:
        return f"thread:{thread_id}:items"

    @staticmethod
    def order(thread_id: str) -> str:
        return f"thread:{thread_id}:order"

    @staticmethod
    def threads_of(owner: str) -> str:
        return f"owner:{owner}:threads"

    @staticmethod
    def files_of(owner: str) -> str:
        return f"owner:{owner}:files"


def score(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


class FleetStore(Store[Dispatcher]):
    def __init__(self, client: Redis) -> None:
        """`client` decodes responses to str."""
        self._redis = client

    def generate_thread_id(self, context: Dispatcher) -> str:
        return self._new_id("thr")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Dispatcher) -> str:
        return self._new_id(item_type)

    @staticmethod
    def _new_id(prefix: str) -> str:
        return f"{prefix}_{time.time_ns():x}"  # CKF116

    async def _owns(self, thread_id: str, context: Dispatcher) -> bool:
        return await self._redis.hget(Keys.thread(thread_id), "owner") == context.owner()

    async def _require_thread(self, thread_id: str, context: Dispatcher) -> None:
        if not await self._owns(thread_id, context):
            raise NotFoundError(f"Thread {thread_id} not found")

    async def _ids_after(
        self, key: str, noun: str, after: str | None, limit: int, order: str
    ) -> tuple[list[str], bool]:
        """Ranks, not scores, carry the page on: equal instants keep a stable place in the set."""
        if order not in ("asc", "desc") or limit < 1:
            raise ValueError("bad limit or order")
        size, newest_first, start = min(limit, 200), order == "desc", 0
        if after is not None:
            rank_of = self._redis.zrevrank if newest_first else self._redis.zrank
            rank = await rank_of(key, after)
            if rank is None:
                raise NotFoundError(f"{noun} {after} not found")
            start = rank + 1
        ids = await self._redis.zrange(key, start, start + size, desc=newest_first)
        return ids[:size], len(ids) > size

    async def load_thread(self, thread_id: str, context: Dispatcher) -> ThreadMetadata:
        stored = await self._redis.hgetall(Keys.thread(thread_id))
        if stored.get("owner") != context.owner():
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(stored["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Dispatcher) -> None:
        owner, key = context.owner(), Keys.thread(thread.id)
        await self._redis.hsetnx(key, "owner", owner)
        await self._require_thread(thread.id, context)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, "body", thread.model_dump_json(exclude={"items"}))
            pipe.zadd(Keys.threads_of(owner), {thread.id: score(thread.created_at)})
            await pipe.execute()

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Dispatcher
    ) -> Page[ThreadMetadata]:
        key = Keys.threads_of(context.owner())
        ids, more = await self._ids_after(key, "Thread", after, limit, order)
        threads = [await self.load_thread(thread_id, context) for thread_id in ids]
        return Page[ThreadMetadata](data=threads, has_more=more)  # CKF213

    async def delete_thread(self, thread_id: str, context: Dispatcher) -> None:  # CKF218
        if not await self._owns(thread_id, context):
            return
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(Keys.threads_of(context.owner()), thread_id)
            pipe.delete(Keys.thread(thread_id))
            await pipe.execute()

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Dispatcher
    ) -> Page[ThreadItem]:
        if not await self._owns(thread_id, context):
            if after is not None:
                raise NotFoundError(f"Item {after} not found")
            return Page[ThreadItem]()
        ids, more = await self._ids_after(Keys.order(thread_id), "Item", after, limit, order)
        bodies = await self._redis.hmget(Keys.items(thread_id), ids) if ids else []
        items = [item_codec.validate_json(body) for body in bodies if body is not None]
        return Page[ThreadItem](data=items, has_more=more, after=ids[-1] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Dispatcher) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Dispatcher) -> None:
        await self._require_thread(thread_id, context)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(Keys.items(thread_id), item.id, item_codec.dump_json(item).decode())
            pipe.zadd(Keys.order(thread_id), {item.id: score(item.created_at)})
            await pipe.execute()

    async def load_item(self, thread_id: str, item_id: str, context: Dispatcher) -> ThreadItem:
        body = await self._redis.hget(Keys.items(thread_id), item_id)  # CKF201
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item_codec.validate_json(body)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Dispatcher) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(Keys.items(thread_id), item_id)  # CKF201
            pipe.zrem(Keys.order(thread_id), item_id)
            await pipe.execute()

    async def save_attachment(self, attachment: Attachment, context: Dispatcher) -> None:
        body = file_codec.dump_json(attachment).decode()
        await self._redis.hset(Keys.files_of(context.owner()), attachment.id, body)

    async def load_attachment(self, attachment_id: str, context: Dispatcher) -> Attachment:
        body = await self._redis.hget(Keys.files_of(context.owner()), attachment_id)
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return file_codec.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: Dispatcher) -> None:
        await self._redis.hdel(Keys.files_of(context.owner()), attachment_id)
