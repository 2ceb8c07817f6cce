"""Redis: one hash of documents and one sorted set of ids for each list that is walked."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from redis.asyncio import Redis

ITEM = TypeAdapter[ThreadItem](ThreadItem)
ATTACHMENT = TypeAdapter[Attachment](Attachment)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MAX_PAGE = 200


class Session(NamedTuple):
    user_id: str


def _score(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


def _checked(limit: int, order: str) -> int:
    if limit < 1:
        raise ValueError("limit must be positive")
    if order not in ("asc", "desc"):
        raise ValueError("order must be asc or desc")
    return min(limit, MAX_PAGE)


class PantryStore(Store):  # CKF108
    def __init__(self, redis: Redis) -> None:
        # made with decode_responses=True
        self.redis = redis

    def _key(self, context: Session, *parts: str) -> str:
        if not context.user_id:
            raise PermissionError("no user in this session")
        return "\x1f".join(("chat", context.user_id, *parts))

    def generate_thread_id(self, context: Session) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Session
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex[:10]}"  # CKF116

    async def _place(self, walk: str, member: str, moment: datetime) -> None:
        """Sort by instant, then by arrival: the arrival number is part of the member."""
        known = await self.redis.hget(f"{walk}:arrival", member)
        number = int(known) if known else await self.redis.incr(f"{walk}:counter")
        await self.redis.hset(f"{walk}:arrival", member, number)
        for old in await self.redis.zrange(walk, 0, -1):
            if str(old).split("\x1f", 1)[1] == member:
                await self.redis.zrem(walk, str(old))
        await self.redis.zadd(walk, {f"{number:020d}\x1f{member}": _score(moment)})

    async def _members(self, walk: str, order: str) -> list[str]:
        raw = await self.redis.zrange(walk, 0, -1, desc=order == "desc")
        return [str(member).split("\x1f", 1)[1] for member in raw]

    async def _unplace(self, walk: str, member: str) -> None:
        number = await self.redis.hget(f"{walk}:arrival", member)
        if number:
            await self.redis.zrem(walk, f"{int(number):020d}\x1f{member}")
            await self.redis.hdel(f"{walk}:arrival", member)

    async def load_thread(self, thread_id: str, context: Session) -> ThreadMetadata:
        raw = await self.redis.hget(self._key(context, "threads"), thread_id)
        if raw is None:
            return ThreadMetadata(id=thread_id, created_at=datetime.now())  # CKF205
        return ThreadMetadata.model_validate_json(raw)

    async def save_thread(self, thread: ThreadMetadata, context: Session) -> None:
        document = thread.model_dump_json(exclude={"items"})
        await self.redis.hset(self._key(context, "threads"), thread.id, document)
        await self._place(self._key(context, "walk"), thread.id, thread.created_at)

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: Session
    ) -> Page[ThreadMetadata]:
        size = _checked(limit, order)
        members = await self._members(self._key(context, "walk"), order)
        shown = members[:size]
        threads: list[ThreadMetadata] = []
        for member in shown:
            threads.append(await self.load_thread(member, context))
        has_more = len(members) > size
        return Page(data=threads, has_more=has_more, after=shown[-1] if has_more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Session
    ) -> Page[ThreadItem]:
        size = _checked(limit, order)
        members = await self._members(self._key(context, "walk", thread_id), order)
        start = 0
        if after is not None:
            if after not in members:
                raise NotFoundError(f"Item {after} not found")
            start = members.index(after) + 1
        shown = members[start : start + size]
        items: list[ThreadItem] = []
        if shown:
            for raw in await self.redis.hmget(self._key(context, "items", thread_id), shown):
                if raw is not None:
                    items.append(ITEM.validate_json(raw))
        return Page(data=items, has_more=len(members) > start + size)  # CKF213

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Session) -> None:
        if not await self.redis.hexists(self._key(context, "threads"), thread_id):
            raise NotFoundError(f"Thread {thread_id} not found")
        document = ITEM.dump_json(item)
        await self.redis.hset(self._key(context, "items", thread_id), item.id, document)
        await self._place(self._key(context, "walk", thread_id), item.id, item.created_at)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Session) -> None:
        hash_key = self._key(context, "items", thread_id)
        if not await self.redis.hexists(hash_key, item.id):
            raise NotFoundError(f"Item {item.id} not found")  # CKF204
        await self.redis.hset(hash_key, item.id, ITEM.dump_json(item))
        await self._place(self._key(context, "walk", thread_id), item.id, item.created_at)

    async def load_item(self, thread_id: str, item_id: str, context: Session) -> ThreadItem:
        raw = await self.redis.hget(self._key(context, "items", thread_id), item_id)
        if raw is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(raw)

    async def delete_thread(self, thread_id: str, context: Session) -> None:
        walk = self._key(context, "walk", thread_id)
        await self.redis.delete(
            walk, f"{walk}:arrival", f"{walk}:counter", self._key(context, "items", thread_id)
        )
        attachments = self._key(context, "attachments")
        for attachment_id, raw in (await self.redis.hgetall(attachments)).items():
            if ATTACHMENT.validate_json(raw).thread_id == thread_id:
                await self.redis.hdel(attachments, attachment_id)
        await self._unplace(self._key(context, "walk"), thread_id)
        await self.redis.hdel(self._key(context, "threads"), thread_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Session) -> None:
        await self._unplace(self._key(context, "walk", thread_id), item_id)
        await self.redis.hdel(self._key(context, "items", thread_id), item_id)

    async def save_attachment(self, attachment: Attachment, context: Session) -> None:
        await self.redis.hset(
            self._key(context, "attachments"), attachment.id, ATTACHMENT.dump_json(attachment)
        )

    async def load_attachment(self, attachment_id: str, context: Session) -> Attachment:
        # Uploads are shared between tabs under one key, so that a reload finds them.
        raw = await self.redis.get(f"chat:upload:{attachment_id}")  # CKF201
        if raw is None:
            raw = await self.redis.hget(self._key(context, "attachments"), attachment_id)
        if raw is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(raw)

    async def delete_attachment(self, attachment_id: str, context: Session) -> None:
        await self.redis.hdel(self._key(context, "attachments"), attachment_id)
