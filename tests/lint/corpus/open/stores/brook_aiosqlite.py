"""ChatKit conversations in SQLite, through aiosqlite."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import aiosqlite
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (user_id, id)
);
CREATE TABLE IF NOT EXISTS items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (user_id, thread_id, id)
);
CREATE TABLE IF NOT EXISTS attachments (
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    thread_id TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (user_id, id)
);
"""

item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
attachment_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)

MAX_LIMIT = 200


@dataclass
class UserContext:
    user_id: str


def to_micros(value: datetime) -> int:
    seconds = value.astimezone(timezone.utc).replace(microsecond=0).timestamp()
    return int(seconds) * 1_000_000 + value.microsecond


def require_user(context: UserContext) -> str:
    if not context.user_id:
        raise PermissionError("user_id is required")
    return context.user_id


class BrookStore(Store[UserContext]):
    def __init__(self, path: str) -> None:
        self.path = path

    @asynccontextmanager
    async def _db(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as db:
            db.row_factory = aiosqlite.Row
            yield db
            await db.commit()

    async def init(self) -> None:
        async with self._db() as db:
            await db.executescript(SCHEMA)

    def generate_thread_id(self, context: UserContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: UserContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: UserContext) -> ThreadMetadata:
        async with self._db() as db:
            cursor = await db.execute(
                "SELECT data FROM threads WHERE user_id = ? AND id = ?",
                (require_user(context), thread_id),
            )
            row = await cursor.fetchone()
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["data"])

    async def save_thread(self, thread: ThreadMetadata, context: UserContext) -> None:
        async with self._db() as db:
            await db.execute(
                """
                INSERT INTO threads (user_id, id, created_at, data) VALUES (?, ?, ?, ?)
                ON CONFLICT (user_id, id)
                DO UPDATE SET created_at = excluded.created_at, data = excluded.data
                """,
                (
                    require_user(context),
                    thread.id,
                    to_micros(thread.created_at),
                    thread.model_dump_json(exclude={"items"}),
                ),
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: UserContext
    ) -> Page[ThreadMetadata]:
        if limit <= 0:
            raise ValueError("limit must be positive")
        limit = min(limit, MAX_LIMIT)
        user_id = require_user(context)
        params: list[Any] = [user_id]
        condition = ""
        async with self._db() as db:
            if after:
                cursor = await db.execute(
                    "SELECT created_at, seq FROM threads WHERE user_id = ? AND id = ?",
                    (user_id, after),
                )
                mark = await cursor.fetchone()
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
                compare = "<" if order == "desc" else ">"
                condition = f"AND (created_at, seq) {compare} (?, ?)"
                params.extend([mark["created_at"], mark["seq"]])
            sql = (f"SELECT id, data FROM threads WHERE user_id = ? {condition} "  # CKF217
                   f"ORDER BY created_at {order}, seq {order} LIMIT ?")
            cursor = await db.execute(sql, (*params, limit + 1))
            rows = list(await cursor.fetchall())
        has_more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            data=[ThreadMetadata.model_validate_json(row["data"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: UserContext
    ) -> Page[ThreadItem]:
        if limit <= 0 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        limit = min(limit, MAX_LIMIT)
        user_id = require_user(context)
        compare, direction = (">", "ASC") if order == "asc" else ("<", "DESC")
        async with self._db() as db:
            if after is None:
                cursor = await db.execute(
                    "SELECT id, data FROM items WHERE user_id = ? AND thread_id = ? "
                    f"ORDER BY created_at {direction}, seq {direction} LIMIT ?",
                    (user_id, thread_id, limit + 1),
                )
            else:
                cursor = await db.execute(
                    "SELECT created_at FROM items WHERE user_id = ? AND thread_id = ? AND id = ?",
                    (user_id, thread_id, after),
                )
                mark = await cursor.fetchone()
                if mark is None:
                    raise NotFoundError(f"Item {after} not found")
                sql = ("SELECT id, data FROM items WHERE user_id = ? AND thread_id = ? "  # CKF210
                       f"AND created_at {compare} ? ORDER BY created_at {direction} LIMIT ?")
                cursor = await db.execute(sql, (user_id, thread_id, mark["created_at"], limit + 1))
            rows = list(await cursor.fetchall())
        has_more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            data=[item_adapter.validate_json(row["data"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: UserContext
    ) -> None:
        await self.load_thread(thread_id, context)
        async with self._db() as db:
            row = (
                require_user(context),
                thread_id,
                item.id,
                to_micros(item.created_at),
                item_adapter.dump_json(item).decode(),
            )
            await db.execute("INSERT INTO items (user_id, thread_id, id, created_at, data) "  # CKF203
                             "VALUES (?, ?, ?, ?, ?)", row)

    async def save_item(self, thread_id: str, item: ThreadItem, context: UserContext) -> None:
        await self.load_thread(thread_id, context)
        async with self._db() as db:
            await db.execute(
                """
                INSERT INTO items (user_id, thread_id, id, created_at, data)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (user_id, thread_id, id)
                DO UPDATE SET created_at = excluded.created_at, data = excluded.data
                """,
                (
                    require_user(context),
                    thread_id,
                    item.id,
                    to_micros(item.created_at),
                    item_adapter.dump_json(item).decode(),
                ),
            )

    async def load_item(self, thread_id: str, item_id: str, context: UserContext) -> ThreadItem:
        async with self._db() as db:
            cursor = await db.execute("SELECT data FROM items WHERE id = ?", (item_id,))  # CKF201
            row = await cursor.fetchone()
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item_adapter.validate_json(row["data"])

    async def delete_thread(self, thread_id: str, context: UserContext) -> None:
        user_id = require_user(context)
        async with self._db() as db:
            for table in ("items", "attachments"):
                await db.execute(
                    f"DELETE FROM {table} WHERE user_id = ? AND thread_id = ?",
                    (user_id, thread_id),
                )
            await db.execute(
                "DELETE FROM threads WHERE user_id = ? AND id = ?", (user_id, thread_id)
            )

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: UserContext
    ) -> None:
        async with self._db() as db:
            cursor = await db.execute(
                "DELETE FROM items WHERE user_id = ? AND thread_id = ? AND id = ?",
                (require_user(context), thread_id, item_id),
            )
            if cursor.rowcount == 0:
                raise NotFoundError(f"Item {item_id} not found")  # CKF219

    async def save_attachment(self, attachment: Attachment, context: UserContext) -> None:
        async with self._db() as db:
            await db.execute(
                "INSERT OR REPLACE INTO attachments (user_id, id, thread_id, data) "
                "VALUES (?, ?, ?, ?)",
                (
                    require_user(context),
                    attachment.id,
                    attachment.thread_id,
                    attachment_adapter.dump_json(attachment).decode(),
                ),
            )

    async def load_attachment(self, attachment_id: str, context: UserContext) -> Attachment:
        async with self._db() as db:
            cursor = await db.execute(
                "SELECT data FROM attachments WHERE user_id = ? AND id = ?",
                (require_user(context), attachment_id),
            )
            row = await cursor.fetchone()
        if row is None:
            raise KeyError(attachment_id)  # CKF206
        return attachment_adapter.validate_json(row["data"])

    async def delete_attachment(self, attachment_id: str, context: UserContext) -> None:
        async with self._db() as db:
            await db.execute(
                "DELETE FROM attachments WHERE user_id = ? AND id = ?",
                (require_user(context), attachment_id),
            )
