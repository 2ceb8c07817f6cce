"""A store for an application whose database layer is synchronous psycopg."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import psycopg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg_pool import ConnectionPool
from pydantic import TypeAdapter

logger = logging.getLogger(__name__)

item_adapter = TypeAdapter[ThreadItem](ThreadItem)
attachment_adapter = TypeAdapter[Attachment](Attachment)

CREATE = """
CREATE TABLE IF NOT EXISTS ferry_threads (
    seq BIGSERIAL, customer_id TEXT NOT NULL, id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE TABLE IF NOT EXISTS ferry_items (
    seq BIGSERIAL, customer_id TEXT NOT NULL, thread_id TEXT NOT NULL, id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (customer_id, thread_id, id)
);
CREATE TABLE IF NOT EXISTS ferry_attachments (
    customer_id TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT, doc TEXT NOT NULL,
    PRIMARY KEY (customer_id, id)
);
"""

LOAD_ATTACHMENT = "SELECT doc FROM ferry_attachments WHERE customer_id = %s AND id = %s"


@dataclass
class Customer:
    customer_id: str


class FerryStore(Store[Customer]):  # CKF101
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool = ConnectionPool(dsn, min_size=1, max_size=8)

    def create_tables(self) -> None:
        with self._pool.connection() as conn:
            conn.execute(CREATE)

    def _rows_sync(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self._pool.connection() as conn:
            return conn.execute(sql, params).fetchall()

    def _write_sync(self, sql: str, *params: Any) -> None:
        with self._pool.connection() as conn:
            conn.execute(sql, params)

    async def _rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self._rows_sync, sql, *params)

    async def _write(self, sql: str, *params: Any) -> None:
        for attempt in range(3):
            try:
                return await asyncio.to_thread(self._write_sync, sql, *params)
            except psycopg.OperationalError:
                if attempt == 2:
                    raise
                logger.warning("database busy, retrying")
                time.sleep(0.2 * (attempt + 1))  # CKF215

    def _customer(self, context: Customer) -> str:
        if not context.customer_id:
            raise PermissionError("unknown customer")
        return context.customer_id

    def generate_thread_id(self, context: Customer) -> str:
        return f"thr_{secrets.token_hex(16)}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Customer
    ) -> str:
        return f"{item_type}_{secrets.token_hex(16)}"

    async def load_thread(self, thread_id: str, context: Customer) -> ThreadMetadata:
        rows = await self._rows(
            "SELECT doc FROM ferry_threads WHERE customer_id = %s AND id = %s",
            self._customer(context),
            thread_id,
        )
        if not rows:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(rows[0][0])

    async def save_thread(self, thread: ThreadMetadata, context: Customer) -> None:
        from chatkit.types import Thread  # CKF113

        if isinstance(thread, Thread):
            thread = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        await self._write(
            """
            INSERT INTO ferry_threads (customer_id, id, created_at, doc) VALUES (%s, %s, %s, %s)
            ON CONFLICT (customer_id, id)
            DO UPDATE SET created_at = EXCLUDED.created_at, doc = EXCLUDED.doc
            """,
            self._customer(context),
            thread.id,
            thread.created_at,
            thread.model_dump_json(),
        )

    async def load_threads(  # CKF102
        self, after: str | None, limit: int, order: str, context: Customer
    ) -> Page[ThreadMetadata]:
        self._check(limit, order)
        size = min(limit, 200)
        customer = self._customer(context)
        compare, way = (">", "ASC") if order == "asc" else ("<", "DESC")
        if after is None:
            rows = await self._rows(
                "SELECT id, doc FROM ferry_threads WHERE customer_id = %s "
                f"ORDER BY created_at {way}, seq {way} LIMIT %s",
                customer,
                size + 1,
            )
        else:
            mark = await self._rows(
                "SELECT created_at, seq FROM ferry_threads WHERE customer_id = %s AND id = %s",
                customer,
                after,
            )
            if not mark:
                raise NotFoundError(f"Thread {after} not found")
            rows = await self._rows(
                "SELECT id, doc FROM ferry_threads "
                f"WHERE customer_id = %s AND (created_at, seq) {compare} (%s, %s) "
                f"ORDER BY created_at {way}, seq {way} LIMIT %s",
                customer,
                *mark[0],
                size + 1,
            )
        more = len(rows) > size
        return Page(
            data=[ThreadMetadata.model_validate_json(row[1]) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1][0] if more else None,
        )

    @staticmethod
    def _check(limit: int, order: str) -> None:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Customer
    ) -> Page[ThreadItem]:
        self._check(limit, order)
        size = min(limit, 200)
        scope = [self._customer(context), thread_id]
        compare, way = (">", "ASC") if order == "asc" else ("<", "DESC")
        beyond, place = "", list[Any]()
        if after is not None:
            mark = await self._rows(
                "SELECT created_at, seq FROM ferry_items "
                "WHERE customer_id = %s AND thread_id = %s AND id = %s",
                *scope,
                after,
            )
            if not mark:
                raise NotFoundError(f"Item {after} not found")
            beyond, place = f"AND (created_at, seq) {compare} (%s, %s)", list(mark[0])
        rows = await self._rows(
            f"SELECT id, doc FROM ferry_items WHERE customer_id = %s AND thread_id = %s {beyond} "
            f"ORDER BY created_at {way}, seq {way} LIMIT %s",
            *scope,
            *place,
            size + 1,
        )
        more = len(rows) > size
        return Page(
            data=[item_adapter.validate_json(row[1]) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1][0] if more else None,
        )

    async def _upsert_item(self, thread_id: str, item: ThreadItem, context: Customer) -> None:
        await self.load_thread(thread_id, context)
        await self._write(
            """
            INSERT INTO ferry_items (customer_id, thread_id, id, created_at, doc)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (customer_id, thread_id, id)
            DO UPDATE SET created_at = EXCLUDED.created_at, doc = EXCLUDED.doc
            """,
            self._customer(context),
            thread_id,
            item.id,
            item.created_at,
            item_adapter.dump_json(item).decode(),
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Customer) -> None:
        await self._upsert_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Customer) -> None:
        item = item.model_copy(update={"created_at": datetime.now(timezone.utc)})  # CKF209
        await self._upsert_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Customer) -> ThreadItem:
        rows = await self._rows(
            "SELECT doc FROM ferry_items WHERE customer_id = %s AND thread_id = %s AND id = %s",
            self._customer(context),
            thread_id,
            item_id,
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return item_adapter.validate_json(rows[0][0])

    async def delete_thread(self, thread_id: str, context: Customer) -> None:  # CKF218
        await self._write(
            "DELETE FROM ferry_threads WHERE customer_id = %s AND id = %s",
            self._customer(context),
            thread_id,
        )

    async def save_attachment(self, attachment: Attachment, context: Customer) -> None:
        await self._write(
            """
            INSERT INTO ferry_attachments (customer_id, id, thread_id, doc)
            VALUES (%s, %s, %s, %s)
            ON CONFLICT (customer_id, id)
            DO UPDATE SET thread_id = EXCLUDED.thread_id, doc = EXCLUDED.doc
            """,
            self._customer(context),
            attachment.id,
            attachment.thread_id,
            attachment_adapter.dump_json(attachment).decode(),
        )

    async def load_attachment(self, attachment_id: str, context: Customer) -> Attachment:
        params = (self._customer(context), attachment_id)
        row = psycopg.connect(self._dsn).execute(LOAD_ATTACHMENT, params).fetchone()  # CKF215
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment_adapter.validate_json(row[0])

    async def delete_attachment(self, attachment_id: str, context: Customer) -> None:
        await self._write(
            "DELETE FROM ferry_attachments WHERE customer_id = %s AND id = %s",
            self._customer(context),
            attachment_id,
        )
