"""ChatKit store for the invoice assistant, SQLAlchemy core on async Postgres."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timezone
from typing import Any, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, Table, and_, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from .tables import attachments, items, threads

T = TypeVar("T")
ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENTS: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class AccountContext:
    """Request context: the account behind the API session."""

    account_id: str


class InvoiceChatStore(Store[AccountContext]):
    """Store on SQLAlchemy core.

    Args:
        engine: An async engine. It is created by the application, from its settings.
        max_page: Upper bound for page sizes; larger requests are capped.
    """

    def __init__(self, engine: AsyncEngine, max_page: int = 200) -> None:
        self.engine = engine
        self.max_page = max_page

    def generate_thread_id(self, context: AccountContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: AccountContext
    ) -> str:
        # Time-ordered ids keep the index compact and sort nicely in psql
        return f"{item_type}_{time.time_ns() // 1_000_000:013d}"  # CKF116

    async def _resolve_cursor(
        self,
        conn: AsyncConnection,
        table: Table,
        after: str | None,
        order: str,
        scope: ColumnElement[bool],
    ) -> ColumnElement[bool] | None:
        """Translate an `after` id into a row-value comparison.

        Returns None when there is nothing to skip.
        """
        if order not in ("asc", "desc"):
            raise ValueError(f"order must be asc or desc, got {order!r}")
        if after is None:
            return None
        anchor = (
            await conn.execute(
                select(table.c.created_at, table.c.seq).where(scope, table.c.id == after)
            )
        ).first()
        if anchor is None:
            return None  # CKF214
        here = tuple_(table.c.created_at, table.c.seq)
        there = tuple_(anchor.created_at, anchor.seq)
        return here > there if order == "asc" else here < there

    async def _fetch_page(
        self,
        table: Table,
        scope: ColumnElement[bool],
        parse: Callable[[str], T],
        after: str | None,
        limit: int,
        order: str,
    ) -> Page[T]:
        if limit < 1:
            raise ValueError("limit must be positive")
        size = min(limit, self.max_page)
        statement: Select[Any] = select(table.c.id, table.c.body).where(scope)
        if order == "desc":
            statement = statement.order_by(table.c.created_at.desc(), table.c.seq.desc())
        else:
            statement = statement.order_by(table.c.created_at.asc(), table.c.seq.asc())
        async with self.engine.connect() as conn:
            beyond = await self._resolve_cursor(conn, table, after, order, scope)
            if beyond is not None:
                statement = statement.where(beyond)
            rows = (await conn.execute(statement.limit(size + 1))).all()
        has_more = len(rows) > size
        return Page(
            data=[parse(row.body) for row in rows[:size]],
            has_more=has_more,
            after=rows[size - 1].id if has_more else None,
        )

    async def load_thread(self, thread_id: str, context: AccountContext) -> ThreadMetadata:
        async with self.engine.connect() as conn:
            body = await conn.scalar(
                select(threads.c.body).where(
                    threads.c.account_id == context.account_id, threads.c.id == thread_id
                )
            )
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: AccountContext) -> None:
        values: dict[str, Any] = {
            "created_at": thread.created_at.astimezone(timezone.utc),
            "body": thread.model_dump_json(exclude={"items"}),
        }
        statement = insert(threads).values(
            account_id=context.account_id, id=thread.id, **values
        )
        async with self.engine.begin() as conn:
            await conn.execute(
                statement.on_conflict_do_update(
                    index_elements=[threads.c.account_id, threads.c.id], set_=values
                )
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: AccountContext
    ) -> Page[ThreadMetadata]:
        return await self._fetch_page(
            threads,
            threads.c.account_id == context.account_id,
            ThreadMetadata.model_validate_json,
            after,
            limit,
            order,
        )

    async def delete_thread(self, thread_id: str, context: AccountContext) -> None:
        async with self.engine.begin() as conn:
            for table in (items, attachments):
                await conn.execute(
                    delete(table).where(
                        table.c.account_id == context.account_id,
                        table.c.thread_id == thread_id,
                    )
                )
            await conn.execute(
                delete(threads).where(
                    threads.c.account_id == context.account_id, threads.c.id == thread_id
                )
            )

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: AccountContext,
    ) -> Page[ThreadItem]:
        scope = and_(
            items.c.account_id == context.account_id, items.c.thread_id == thread_id
        )
        return await self._fetch_page(items, scope, ITEMS.validate_json, after, limit, order)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: AccountContext
    ) -> None:
        await self.load_thread(thread_id, context)  # raises when the thread is not there
        values: dict[str, Any] = {
            "created_at": item.created_at.astimezone(timezone.utc),
            "body": item.model_dump_json(),
        }
        statement = insert(items).values(
            account_id=context.account_id, thread_id=thread_id, id=item.id, **values
        )
        async with self.engine.begin() as conn:
            await conn.execute(
                statement.on_conflict_do_update(
                    index_elements=[items.c.account_id, items.c.thread_id, items.c.id],
                    set_=values,
                )
            )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: AccountContext
    ) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: AccountContext
    ) -> ThreadItem:
        async with self.engine.connect() as conn:
            body = await conn.scalar(
                select(items.c.body).where(  # CKF201
                    items.c.thread_id == thread_id, items.c.id == item_id
                )
            )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: AccountContext
    ) -> None:
        async with self.engine.begin() as conn:
            await conn.execute(
                delete(items).where(
                    items.c.account_id == context.account_id,
                    items.c.thread_id == thread_id,
                    items.c.id == item_id,
                )
            )

    async def save_attachment(self, attachment: Attachment, context: AccountContext) -> None:
        statement = insert(attachments).values(
            id=attachment.id,
            account_id=context.account_id,
            thread_id=attachment.thread_id,
            body=attachment.model_dump_json(),
        )
        upsert = statement.on_conflict_do_update(  # CKF202
            index_elements=[attachments.c.id],
            set_={
                "account_id": statement.excluded.account_id,
                "thread_id": statement.excluded.thread_id,
                "body": statement.excluded.body,
            },
        )
        async with self.engine.begin() as conn:
            await conn.execute(upsert)

    async def load_attachment(
        self, attachment_id: str, context: AccountContext
    ) -> Attachment:
        async with self.engine.connect() as conn:
            body = await conn.scalar(
                select(attachments.c.body).where(
                    attachments.c.account_id == context.account_id,
                    attachments.c.id == attachment_id,
                )
            )
        if body is None:
            raise ValueError(f"Unknown attachment: {attachment_id}")  # CKF206
        return ATTACHMENTS.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: AccountContext) -> None:
        async with self.engine.begin() as conn:
            await conn.execute(
                delete(attachments).where(
                    attachments.c.account_id == context.account_id,
                    attachments.c.id == attachment_id,
                )
            )
