"""ChatKit store of the customer desk."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timezone

import asyncpg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from . import statements as sql
from .pool import DeskPool

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)
Mark = tuple[datetime, int]
MAX_PAGE = 200


@dataclass(frozen=True)
class DeskContext:
    """What the HTTP layer knows about the caller once the session cookie is verified."""

    customer_id: str


def _utc(moment: datetime) -> datetime:
    """The instant, for ordering. (The value itself is kept as it is inside the body.)"""
    return moment.astimezone(timezone.utc)


def _page_sql(pages: dict[str, str], order: str) -> str:
    if order not in pages:
        raise ValueError(f"order must be asc or desc, not {order!r}")
    return pages[order]


def _size(limit: int) -> int:
    if limit < 1:
        raise ValueError("limit must be positive")
    return min(limit, MAX_PAGE)


async def _mark(
    conn: asyncpg.Connection, statement: str, *key: str, what: str = "Item"
) -> Mark:
    """Where the page that ends with the given cursor stopped."""
    row = await conn.fetchrow(statement, *key)
    if row is None:
        raise NotFoundError(f"{what} {key[-1]} not found")
    return row["at"], row["seq"]


class DeskStore(Store[DeskContext]):
    """Threads, items and attachment records, one customer at a time."""

    def __init__(self, pool: DeskPool) -> None:
        self._pool = pool

    @staticmethod
    def _fresh(prefix: str) -> str:
        return f"{prefix}_{uuid.uuid4().hex}"

    def generate_thread_id(self, context: DeskContext) -> str:
        return self._fresh("thr")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: DeskContext
    ) -> str:
        return self._fresh(item_type)

    async def load_thread(self, thread_id: str, context: DeskContext) -> ThreadMetadata:
        async with self._pool.acting_for(context.customer_id) as conn:
            body = await conn.fetchval(sql.GET_THREAD, thread_id)
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: DeskContext) -> None:
        body = thread.model_dump_json(exclude={"items"})
        async with self._pool.acting_for(context.customer_id) as conn:
            await conn.execute(sql.PUT_THREAD, thread.id, _utc(thread.created_at), body)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: DeskContext
    ) -> Page[ThreadMetadata]:
        statement, size = _page_sql(sql.THREAD_PAGES, order), _size(limit)
        async with self._pool.acting_for(context.customer_id) as conn:
            at, seq = None, None
            if after is not None:
                at, seq = await _mark(conn, sql.THREAD_MARK, after, what="Thread")
            rows = await conn.fetch(statement, at, seq, size + 1)
        more = len(rows) > size
        return Page(
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1]["id"] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: DeskContext) -> None:
        """Remove the thread. Its items follow by the foreign key (ON DELETE CASCADE)."""
        async with self._pool.acting_for(context.customer_id) as conn:
            await conn.execute(sql.DROP_THREAD_ATTACHMENTS, thread_id)
            await conn.execute(sql.DROP_THREAD, thread_id)

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: DeskContext,
    ) -> Page[ThreadItem]:
        statement, size = _page_sql(sql.ITEM_PAGES, order), _size(limit)
        async with self._pool.acting_for(context.customer_id) as conn:
            at, seq = None, None
            if after is not None:
                at, seq = await _mark(conn, sql.ITEM_MARK, thread_id, after)
            rows = await conn.fetch(statement, at, seq, size + 1, thread_id)
        more = len(rows) > size
        return Page(
            data=[ITEM.validate_json(row["body"]) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1]["id"] if more else None,
        )

    async def _put_item(self, thread_id: str, item: ThreadItem, customer_id: str) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item belongs to another thread")
        try:
            async with self._pool.acting_for(customer_id) as conn:
                await conn.execute(
                    sql.PUT_ITEM, thread_id, item.id, _utc(item.created_at), item.model_dump_json()
                )
        except asyncpg.ForeignKeyViolationError as gone:
            # This customer has no such thread; somebody else's does not satisfy the key either.
            raise NotFoundError(f"Thread {thread_id} not found") from gone

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: DeskContext
    ) -> None:
        await self._put_item(thread_id, item, context.customer_id)

    async def save_item(self, thread_id: str, item: ThreadItem, context: DeskContext) -> None:
        await self._put_item(thread_id, item, context.customer_id)

    async def load_item(
        self, thread_id: str, item_id: str, context: DeskContext
    ) -> ThreadItem:
        async with self._pool.acting_for(context.customer_id) as conn:
            body = await conn.fetchval(sql.GET_ITEM, thread_id, item_id)
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: DeskContext
    ) -> None:
        async with self._pool.acting_for(context.customer_id) as conn:
            await conn.execute(sql.DROP_ITEM, thread_id, item_id)

    async def save_attachment(self, attachment: Attachment, context: DeskContext) -> None:
        async with self._pool.acting_for(context.customer_id) as conn:
            await conn.execute(
                sql.PUT_ATTACHMENT, attachment.id, attachment.thread_id, attachment.model_dump_json()
            )

    async def load_attachment(self, attachment_id: str, context: DeskContext) -> Attachment:
        async with self._pool.acting_for(context.customer_id) as conn:
            body = await conn.fetchval(sql.GET_ATTACHMENT, attachment_id)
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: DeskContext) -> None:
        async with self._pool.acting_for(context.customer_id) as conn:
            await conn.execute(sql.DROP_ATTACHMENT, attachment_id)
