"""Freight desk: chat history in PostgreSQL through SQLAlchemy Core (async)."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncEngine

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from .scoped import Dispatcher, micros, mine, page, upsert
from .tables import attachments, items, threads

_ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class FreightStore(Store[Dispatcher]):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def generate_thread_id(self, context: Dispatcher) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Dispatcher
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: Dispatcher) -> ThreadMetadata:
        document = await self._scalar(
            sa.select(threads.c.document).where(*mine(threads, context, id=thread_id))
        )
        if document is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(document)

    async def save_thread(self, thread: ThreadMetadata, context: Dispatcher) -> None:
        plain = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        await self._write(
            upsert(
                threads,
                context,
                {
                    "id": plain.id,
                    "instant_us": micros(plain.created_at),
                    "document": plain.model_dump_json(),
                },
            )
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Dispatcher
    ) -> Page[ThreadMetadata]:
        async with self._engine.connect() as conn:
            documents, last = await page(
                conn, threads, mine(threads, context), after, limit, order, "Thread"
            )
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(document) for document in documents],
            has_more=last is not None,
            after=last,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Dispatcher
    ) -> Page[ThreadItem]:
        scope = mine(items, context, thread_id=thread_id)
        async with self._engine.connect() as conn:
            documents, last = await page(conn, items, scope, after, limit, order, "Item")
        return Page[ThreadItem](
            data=[_ITEM.validate_json(document) for document in documents],
            has_more=last is not None,
            after=last,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: Dispatcher
    ) -> None:
        await self._put(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Dispatcher) -> None:
        await self._put(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: Dispatcher
    ) -> ThreadItem:
        scope = mine(items, context, thread_id=thread_id, id=item_id)
        document = await self._scalar(sa.select(items.c.document).where(*scope))
        if document is None:
            raise NotFoundError(f"Item {item_id} not found in thread {thread_id}")
        return _ITEM.validate_json(document)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: Dispatcher
    ) -> None:
        await self._write(
            sa.delete(items).where(*mine(items, context, thread_id=thread_id, id=item_id))
        )

    async def delete_thread(self, thread_id: str, context: Dispatcher) -> None:
        await self._write(
            sa.delete(attachments).where(*mine(attachments, context, thread_id=thread_id)),
            sa.delete(items).where(*mine(items, context, thread_id=thread_id)),
            sa.delete(threads).where(*mine(threads, context, id=thread_id)),
        )

    async def save_attachment(self, attachment: Attachment, context: Dispatcher) -> None:
        values: dict[str, Any] = {
            "id": attachment.id,
            "thread_id": attachment.thread_id,
            "document": attachment.model_dump_json(),
        }
        await self._write(upsert(attachments, context, values))

    async def load_attachment(self, attachment_id: str, context: Dispatcher) -> Attachment:
        scope = mine(attachments, context, id=attachment_id)
        document = await self._scalar(sa.select(attachments.c.document).where(*scope))
        if document is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _ATTACHMENT.validate_json(document)

    async def delete_attachment(self, attachment_id: str, context: Dispatcher) -> None:
        await self._write(
            sa.delete(attachments).where(*mine(attachments, context, id=attachment_id))
        )

    async def _put(self, thread_id: str, item: ThreadItem, context: Dispatcher) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} belongs to thread {item.thread_id}")
        async with self._engine.begin() as conn:
            parent = await conn.execute(
                sa.select(threads.c.seq)
                .where(*mine(threads, context, id=thread_id))
                .with_for_update(read=True)
            )
            if parent.first() is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            values: dict[str, Any] = {
                "thread_id": thread_id,
                "id": item.id,
                "instant_us": micros(item.created_at),
                "document": item.model_dump_json(),
            }
            await conn.execute(upsert(items, context, values))

    async def _scalar(self, query: sa.Select[tuple[str]]) -> str | None:
        async with self._engine.connect() as conn:
            return (await conn.execute(query)).scalar_one_or_none()

    async def _write(self, *statements: sa.Executable) -> None:
        async with self._engine.begin() as conn:
            for statement in statements:
                await conn.execute(statement)
