"""SQLite-backed ChatKit store of the internal IT helpdesk bot.

One process, one file, one aiosqlite connection. Call `open()` in the FastAPI lifespan before the
first request and `close()` on shutdown.
"""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import aiosqlite
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

ItemAdapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
AttachmentAdapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)

DDL = """
CREATE TABLE IF NOT EXISTS threads (
    employee TEXT NOT NULL, id TEXT NOT NULL, created_us INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (employee, id)
);
CREATE TABLE IF NOT EXISTS items (
    employee TEXT NOT NULL, thread_id TEXT NOT NULL, id TEXT NOT NULL,
    created_us INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (employee, thread_id, id)
);
CREATE TABLE IF NOT EXISTS attachments (
    employee TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT, body TEXT NOT NULL,
    PRIMARY KEY (employee, id)
);
"""


@dataclass
class HelpdeskContext:
    """Who is asking; set from the SSO session."""

    employee: str


def to_us(value: datetime) -> int:
    """Microseconds since the epoch, naive values being local time (as ChatKit makes them)."""
    return round(value.astimezone(timezone.utc).timestamp() * 1_000_000)


def _item_values(thread_id: str, item: ThreadItem, context: HelpdeskContext) -> tuple[Any, ...]:
    """Values of an item's row, in the order of its columns."""
    return (context.employee, thread_id, item.id, to_us(item.created_at), item.model_dump_json())


class HelpdeskStore(Store[HelpdeskContext]):
    """Async SQLite store.

    Args:
        path: File name of the database.
        pragmas: Optional PRAGMA settings applied when the connection is opened.
    """

    def __init__(self, path: str, pragmas: dict = None) -> None:  # CKF108
        self._path = path
        self._pragmas: dict[str, Any] = pragmas or {"journal_mode": "WAL"}
        self._conn: aiosqlite.Connection | None = None
        self._write_lock = asyncio.Lock()

    async def open(self) -> None:
        """Open the one connection and create the tables."""
        conn = await aiosqlite.connect(self._path)
        conn.row_factory = aiosqlite.Row
        if self._pragmas.get("journal_mode") == "WAL":
            await conn.execute("PRAGMA journal_mode = WAL")
        await conn.executescript(DDL)
        await conn.commit()
        self._conn = conn

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()
            self._conn = None

    def _db(self) -> aiosqlite.Connection:
        """The open connection (for the methods below)."""
        if self._conn is None:
            raise RuntimeError("HelpdeskStore.open() was not called")
        return self._conn

    async def _one(self, sql: str, args: tuple[Any, ...]) -> aiosqlite.Row | None:
        async with self._db().execute(sql, args) as cursor:
            return await cursor.fetchone()

    async def _all(self, sql: str, args: tuple[Any, ...]) -> list[aiosqlite.Row]:
        async with self._db().execute(sql, args) as cursor:
            return list(await cursor.fetchall())

    async def _write(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        db = self._db()
        async with self._write_lock:
            try:
                for sql, args in statements:
                    await db.execute(sql, args)
                await db.commit()
            except BaseException:
                await db.rollback()
                raise

    def generate_thread_id(self, context: HelpdeskContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: HelpdeskContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: HelpdeskContext) -> ThreadMetadata:
        row = await self._one(
            "SELECT body FROM threads WHERE employee = ? AND id = ?",
            (context.employee, thread_id),
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: HelpdeskContext) -> None:
        await self._write(
            (
                "INSERT INTO threads (employee, id, created_us, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (employee, id) DO UPDATE SET "
                "created_us = excluded.created_us, body = excluded.body",
                (
                    context.employee,
                    thread.id,
                    to_us(thread.created_at),
                    thread.model_dump_json(exclude={"items"}),
                ),
            )
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: HelpdeskContext
    ) -> Page[ThreadMetadata]:
        # rowid is the insertion order; it breaks ties between equal timestamps
        sign = "<" if order.lower() == "desc" else ">"
        where = "employee = ?"
        values: list[Any] = [context.employee]
        if after is not None:
            anchor = await self._one(
                "SELECT created_us, rowid AS n FROM threads WHERE employee = ? AND id = ?",
                (context.employee, after),
            )
            if anchor is None:
                raise NotFoundError(f"Thread {after} not found")
            where += f" AND (created_us, rowid) {sign} (?, ?)"
            values += [anchor["created_us"], anchor["n"]]
        rows = await self._all(
            f"SELECT id, body FROM threads WHERE {where} "
            f"ORDER BY created_us {order}, rowid {order} LIMIT ?",  # CKF217
            (*values, limit + 1),
        )
        has_more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def delete_thread(self, thread_id: str, context: HelpdeskContext) -> None:
        key = (context.employee, thread_id)
        await self._write(
            ("DELETE FROM items WHERE employee = ? AND thread_id = ?", key),
            ("DELETE FROM attachments WHERE employee = ? AND thread_id = ?", key),
            ("DELETE FROM threads WHERE employee = ? AND id = ?", key),
        )

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: HelpdeskContext,
    ) -> Page[ThreadItem]:
        if order not in ("asc", "desc"):
            raise ValueError("order must be 'asc' or 'desc'")
        direction, sign = ("DESC", "<") if order == "desc" else ("ASC", ">")
        sql = "SELECT id, body FROM items WHERE employee = ? AND thread_id = ?"
        args: list[Any] = [context.employee, thread_id]
        if after is not None:
            last = await self._one(
                "SELECT created_us FROM items WHERE employee = ? AND thread_id = ? AND id = ?",
                (context.employee, thread_id, after),
            )
            if last is None:
                raise NotFoundError(f"Item {after} not found")
            sql += f" AND created_us {sign} ?"  # CKF210
            args.append(last["created_us"])
        sql += f" ORDER BY created_us {direction}, rowid {direction} LIMIT ?"
        rows = await self._all(sql, (*args, limit + 1))
        has_more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            data=[ItemAdapter.validate_json(row["body"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: HelpdeskContext
    ) -> None:
        """Persist a newly created item (see `save_item` for changes to a known one)."""
        await self.load_thread(thread_id, context)
        await self._write(
            (
                "INSERT INTO items (employee, thread_id, id, created_us, body) "  # CKF203
                "VALUES (?, ?, ?, ?, ?)",
                _item_values(thread_id, item, context),
            )
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: HelpdeskContext
    ) -> None:
        await self.load_thread(thread_id, context)
        await self._write(
            (
                "INSERT INTO items (employee, thread_id, id, created_us, body) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (employee, thread_id, id) DO UPDATE SET "
                "created_us = excluded.created_us, body = excluded.body",
                _item_values(thread_id, item, context),
            )
        )

    async def load_item(
        self, thread_id: str, item_id: str, context: HelpdeskContext
    ) -> ThreadItem:
        row = await self._one(
            "SELECT body FROM items WHERE employee = ? AND thread_id = ? AND id = ?",
            (context.employee, thread_id, item_id),
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ItemAdapter.validate_json(row["body"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: HelpdeskContext
    ) -> None:
        await self._write(
            (
                "DELETE FROM items WHERE employee = ? AND thread_id = ? AND id = ?",
                (context.employee, thread_id, item_id),
            )
        )

    async def save_attachment(self, attachment: Attachment, context: HelpdeskContext) -> None:
        await self._write(
            (
                "INSERT OR REPLACE INTO attachments (employee, id, thread_id, body) "
                "VALUES (?, ?, ?, ?)",
                (
                    context.employee,
                    attachment.id,
                    attachment.thread_id,
                    attachment.model_dump_json(),
                ),
            )
        )

    async def load_attachment(
        self, attachment_id: str, context: HelpdeskContext
    ) -> Attachment:
        row = await self._one(
            "SELECT body FROM attachments WHERE employee = ? AND id = ?",
            (context.employee, attachment_id),
        )
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return AttachmentAdapter.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: HelpdeskContext) -> None:
        async with self._write_lock:
            await self._conn.execute(  # CKF111
                "DELETE FROM attachments WHERE employee = ? AND id = ?",
                (context.employee, attachment_id),
            )
            await self._db().commit()
