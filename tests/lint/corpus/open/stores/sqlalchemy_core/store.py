"""The store itself: SQLAlchemy core on an async engine."""

import logging
from dataclasses import dataclass
from typing import Any

from chatkit.store import NotFoundError
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, and_, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from .base import OwnedStore
from .tables import attachments, items, metadata, threads, upsert

logger = logging.getLogger(__name__)


@dataclass
class ChatRequest:
    user_id: str | None


class CoreStore(OwnedStore[ChatRequest]):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._item = TypeAdapter[ThreadItem](ThreadItem)
        self._attachment = TypeAdapter[Attachment](Attachment)

    async def create_schema(self) -> None:
        async with self._engine.begin() as conn:
            await conn.run_sync(metadata.create_all)

    async def _page(
        self, conn: AsyncConnection, table: Any, scope: Any, kind: str, after: str | None, take: int, order: str
    ) -> list[Any]:
        """Read one page of a table, in the order of (at, seq), within a scope that names the owner."""
        keys = (table.c.at, table.c.seq)
        query: Select[Any] = select(table.c.id, table.c.body).where(scope)
        if after is not None:
            found = await conn.execute(select(*keys).where(and_(scope, table.c.id == after)))
            cursor = found.one_or_none()
            if cursor is None:
                raise NotFoundError(f"{kind} {after} not found")
            row = tuple_(*keys)
            query = query.where(row > tuple(cursor) if order == "asc" else row < tuple(cursor))
        if order == "asc":
            query = query.order_by(*(key.asc() for key in keys))
        else:
            query = query.order_by(*(key.desc() for key in keys))
        return list((await conn.execute(query.limit(take))).all())

    async def load_thread(self, thread_id: str, context: ChatRequest) -> ThreadMetadata:
        mine = and_(threads.c.owner == self.owner(context), threads.c.id == thread_id)
        async with self._engine.connect() as conn:
            body = (await conn.execute(select(threads.c.body).where(mine))).scalar_one_or_none()
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: ChatRequest) -> None:
        values = {
            "owner": self.owner(context),
            "id": thread.id,
            "at": self.instant(thread.created_at),
            "body": thread.model_dump_json(exclude={"items"}),
        }
        async with self._engine.begin() as conn:
            await conn.execute(upsert(conn.dialect.name, threads, ("owner", "id"), values))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ChatRequest
    ) -> Page[ThreadMetadata]:
        size = self.size(limit, order)
        scope = threads.c.owner == self.owner(context)
        async with self._engine.connect() as conn:
            rows = await self._page(conn, threads, scope, "Thread", after, size + 1, order)
        more, rows = len(rows) > size, rows[:size]
        return Page(
            data=[ThreadMetadata.model_validate_json(row.body) for row in rows],
            has_more=more,
            after=rows[-1].id if more else None,
        )

    async def delete_thread(self, thread_id: str, context: ChatRequest) -> None:
        owner = self.owner(context)
        async with self._engine.begin() as conn:
            for table in (items, attachments):
                await conn.execute(
                    delete(table).where(table.c.owner == owner, table.c.thread_id == thread_id)
                )
            await conn.execute(
                delete(threads).where(threads.c.owner == owner, threads.c.id == thread_id)
            )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: ChatRequest
    ) -> Page[ThreadItem]:
        size = self.size(limit, order)
        scope = and_(items.c.owner == self.owner(context), items.c.thread_id == thread_id)
        async with self._engine.connect() as conn:
            rows = await self._page(conn, items, scope, "Item", after, size + 1, order)
        more, rows = len(rows) > size, rows[:size]
        return Page(
            data=[item for row in rows if (item := self._readable(row)) is not None],
            has_more=more,
            after=rows[-1].id if more else None,
        )

    def _readable(self, row: Any) -> ThreadItem | None:
        try:
            return self._item.validate_json(row.body)
        except ValidationError as problem:
            logger.warning("item %s left out of the page: %s", row.id, problem)
            return None

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: ChatRequest
    ) -> None:
        owner = self.owner(context)
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} is of thread {item.thread_id}")
        mine = and_(threads.c.owner == owner, threads.c.id == thread_id)
        values = {
            "owner": owner,
            "thread_id": thread_id,
            "id": item.id,
            "at": self.instant(item.created_at),
            "body": item.model_dump_json(),
        }
        keys = ("owner", "thread_id", "id")
        async with self._engine.begin() as conn:
            if (await conn.execute(select(threads.c.seq).where(mine))).first() is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            await conn.execute(upsert(conn.dialect.name, items, keys, values))

    async def save_item(self, thread_id: str, item: ThreadItem, context: ChatRequest) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: ChatRequest) -> ThreadItem:
        query = select(items.c.body).where(
            items.c.owner == self.owner(context),
            items.c.thread_id == thread_id,
            items.c.id == item_id,
        )
        async with self._engine.connect() as conn:
            body = (await conn.execute(query)).scalar_one_or_none()
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return self._item.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: ChatRequest
    ) -> None:
        statement = delete(items).where(
            items.c.owner == self.owner(context),
            items.c.thread_id == thread_id,
            items.c.id == item_id,
        )
        async with self._engine.begin() as conn:
            await conn.execute(statement)

    async def save_attachment(self, attachment: Attachment, context: ChatRequest) -> None:
        values = {
            "owner": self.owner(context),
            "id": attachment.id,
            "thread_id": attachment.thread_id,
            "body": attachment.model_dump_json(),
        }
        async with self._engine.begin() as conn:
            await conn.execute(upsert(conn.dialect.name, attachments, ("owner", "id"), values))

    async def load_attachment(self, attachment_id: str, context: ChatRequest) -> Attachment:
        query = select(attachments.c.body).where(
            attachments.c.owner == self.owner(context), attachments.c.id == attachment_id
        )
        async with self._engine.connect() as conn:
            body = (await conn.execute(query)).scalar_one_or_none()
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return self._attachment.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: ChatRequest) -> None:
        owner = self.owner(context)
        async with self._engine.begin() as conn:
            await conn.execute(
                delete(attachments).where(
                    attachments.c.owner == owner, attachments.c.id == attachment_id
                )
            )
