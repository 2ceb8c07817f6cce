"""Redis store for the travel bot: everything of a user under `travel:{user}`."""

import json
import logging
import uuid
from datetime import datetime, timezone
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from redis.asyncio import Redis

logger = logging.getLogger(__name__)

redis: Any = Redis.from_url("redis://cache-01.internal:6379/2", decode_responses=True)  # CKF401

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class TravelStore(Store[dict[str, Any]]):
    """Hashes hold the documents; lists hold the ids in the order in which they came."""

    def generate_thread_id(self, context: dict[str, Any]) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: dict[str, Any]
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    def _key(self, context: dict[str, Any], *parts: str) -> str:
        user = context.get("user_id")
        if not isinstance(user, str) or not user:
            raise PermissionError("no user")
        return ":".join(["travel", user.encode().hex(), *parts])

    def _size(self, limit: int, order: str) -> int:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("limit must be positive, order asc or desc")
        return min(limit, 200)

    def _window(
        self, ids: list[str], after: str | None, size: int, order: str, kind: str
    ) -> tuple[list[str], bool]:
        ids = ids if order == "asc" else ids[::-1]
        start = 0
        if after is not None:
            if after not in ids:
                raise NotFoundError(f"{kind} {after} not found")
            start = ids.index(after) + 1
        return ids[start : start + size], len(ids) > start + size

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        found = await redis.hget(self._key(context, "threads"), thread_id)
        if found is None:
            await self.save_thread(  # CKF205
                ThreadMetadata(id=thread_id, created_at=datetime.now(timezone.utc)), context
            )
            found = await redis.hget(self._key(context, "threads"), thread_id)
        return ThreadMetadata.model_validate_json(found)

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        new = await redis.hset(
            self._key(context, "threads"), thread.id, thread.model_dump_json(exclude={"items"})
        )
        if new:
            await redis.rpush(self._key(context, "thread-order"), thread.id)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        size = self._size(limit, order)
        ids = await redis.lrange(self._key(context, "thread-order"), 0, -1)
        shown, has_more = self._window(ids, after, size, order, "Thread")
        threads = []  # CKF109
        for thread_id in shown:
            document = await redis.hget(self._key(context, "threads"), thread_id)
            threads.append(ThreadMetadata.model_validate_json(document))
        return Page(data=threads, has_more=has_more, after=shown[-1] if has_more else None)

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:  # CKF218
        await redis.lrem(self._key(context, "thread-order"), 0, thread_id)
        await redis.hdel(self._key(context, "threads"), thread_id)

    async def load_thread_items(  # CKF212
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: dict[str, Any],
    ) -> Page[ThreadItem]:
        ids = await redis.lrange(self._key(context, "item-order", thread_id), 0, -1)
        shown, has_more = self._window(ids, after, 50, order, "Item")
        items: list[ThreadItem] = []
        for item_id in shown:
            items.append(await self.load_item(thread_id, item_id, context))
        return Page(data=items, has_more=has_more, after=shown[-1] if has_more else None)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        if not await redis.hexists(self._key(context, "threads"), thread_id):
            raise NotFoundError(f"Thread {thread_id} not found")
        new = await redis.hset(
            self._key(context, "items", thread_id), item.id, item.model_dump_json()
        )
        if new:
            await redis.rpush(self._key(context, "item-order", thread_id), item.id)

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        if not await redis.hexists(self._key(context, "items", thread_id), item.id):  # CKF204
            logger.warning("item %s does not exist, not saved", item.id)
            return
        await redis.hset(self._key(context, "items", thread_id), item.id, item.model_dump_json())

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        found = await redis.hget(self._key(context, "items", thread_id), item_id)
        if found is None:
            raise LookupError(f"no item {item_id}")  # CKF206
        return ITEM.validate_python(json.loads(found))

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        removed = await redis.hdel(self._key(context, "items", thread_id), item_id)
        if not removed:
            raise NotFoundError(f"Item {item_id} not found")  # CKF219
        await redis.lrem(self._key(context, "item-order", thread_id), 0, item_id)

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        await redis.hset(
            self._key(context, "attachments"), attachment.id, attachment.model_dump_json()
        )

    async def load_attachment(
        self, attachment_id: str, context: dict[str, Any]
    ) -> Attachment:
        found = await redis.hget(self._key(context, "attachments"), attachment_id)
        if found is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(found)

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await redis.hdel(self._key(context, "attachments"), attachment_id)
