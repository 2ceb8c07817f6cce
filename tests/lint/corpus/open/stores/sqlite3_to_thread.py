"""Chat history in one SQLite file, for the desktop build. sqlite3 runs in a worker thread."""

import asyncio
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

ITEM = TypeAdapter[ThreadItem](ThreadItem)
ATTACHMENT = TypeAdapter[Attachment](Attachment)

SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, id TEXT NOT NULL,
    at INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (user_id, id));
CREATE TABLE IF NOT EXISTS items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, thread_id TEXT NOT NULL,
    id TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (user_id, thread_id, id));
CREATE TABLE IF NOT EXISTS attachments (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, thread_id TEXT, body TEXT NOT NULL);
"""


def stamp(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class SqliteFileStore(Store[dict[str, Any]]):
    def __init__(self, path: str) -> None:
        self.path = path
        with self._db() as db:
            db.executescript(SCHEMA)

    @contextmanager
    def _db(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path)
        db.row_factory = sqlite3.Row
        try:
            with db:
                yield db
        finally:
            db.close()

    def _all(self, sql: str, params: Any = ()) -> list[sqlite3.Row]:
        with self._db() as db:
            return db.execute(sql, params).fetchall()

    def _user(self, context: dict[str, Any]) -> str:
        user_id = (context or {}).get("user_id")
        if not isinstance(user_id, str) or not user_id:
            raise PermissionError("user_id is required")
        return user_id

    def generate_thread_id(self, context: dict[str, Any]) -> str:
        return uuid.uuid4().hex

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: dict[str, Any]
    ) -> str:
        return uuid.uuid4().hex

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        rows = await asyncio.to_thread(
            self._all,
            "SELECT body FROM threads WHERE user_id = ? AND id = ?",
            (self._user(context), thread_id),
        )
        if not rows:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(rows[0]["body"])

    async def save_thread(self, thread: ThreadMetadata, context: dict) -> None:  # CKF108
        await asyncio.to_thread(
            self._all,
            "INSERT INTO threads (user_id, id, at, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (user_id, id) DO UPDATE SET at = excluded.at, body = excluded.body",
            (
                self._user(context),
                thread.id,
                stamp(thread.created_at),
                thread.model_dump_json(exclude={"items"}),
            ),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        limit = min(limit, 200)
        user_id = self._user(context)

        def read() -> list[sqlite3.Row]:
            params: list[Any] = [user_id]
            sql = "SELECT id, body FROM threads WHERE user_id = ?"
            with self._db() as db:
                if after is not None:
                    cursor = db.execute(
                        "SELECT at, seq FROM threads WHERE user_id = ? AND id = ?", (user_id, after)
                    ).fetchone()
                    if cursor is None:
                        raise NotFoundError(f"Thread {after} not found")
                    if order == "asc":
                        sql += " AND (at, seq) > (?, ?)"
                    else:
                        sql += " AND (at, seq) < (?, ?)"
                    params += list(cursor)
                params.append(limit + 1)
                sql += f" ORDER BY at {order}, seq {order} LIMIT ?"  # CKF217
                return db.execute(sql, params).fetchall()

        rows = await asyncio.to_thread(read)
        return Page(  # CKF213
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows[:limit]],
            has_more=len(rows) > limit,
        )

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        user_id = self._user(context)

        def delete() -> None:
            with self._db() as db:
                for table in ("items", "attachments"):
                    db.execute(
                        f"DELETE FROM {table} WHERE user_id = ? AND thread_id = ?",
                        (user_id, thread_id),
                    )
                db.execute("DELETE FROM threads WHERE user_id = ? AND id = ?", (user_id, thread_id))

        await asyncio.to_thread(delete)

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: dict[str, Any],
    ) -> Page[ThreadItem]:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        limit = min(limit, 200)
        direction, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        params: list[str] = [self._user(context), thread_id]
        where = "user_id = ? AND thread_id = ?"
        if after is not None:
            found = await asyncio.to_thread(
                self._all,
                f"SELECT 1 FROM items WHERE {where} AND id = ?",
                [*params, after],
            )
            if not found:
                raise NotFoundError(f"Item {after} not found")
            where += (
                f" AND (at, seq) {sign}"
                " (SELECT at, seq FROM items WHERE user_id = ? AND thread_id = ? AND id = ?)"
            )
            params += [self._user(context), thread_id, after]
        params.append(limit + 1)  # CKF115
        rows = await asyncio.to_thread(
            self._all,
            f"SELECT id, body FROM items WHERE {where}"
            f" ORDER BY at {direction}, seq {direction} LIMIT ?",
            params,
        )
        has_more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            data=[ITEM.validate_json(row["body"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        await self.load_thread(thread_id, context)
        item = item.model_copy(update={"created_at": datetime.now()})  # CKF209
        await self._write_item(thread_id, item, self._user(context))

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        await self.load_thread(thread_id, context)
        await self._write_item(thread_id, item, self._user(context))

    async def _write_item(self, thread_id: str, item: ThreadItem, user_id: str) -> None:
        await asyncio.to_thread(
            self._all,
            "INSERT INTO items (user_id, thread_id, id, at, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (user_id, thread_id, id)"
            " DO UPDATE SET at = excluded.at, body = excluded.body",
            (user_id, thread_id, item.id, stamp(item.created_at), item.model_dump_json()),
        )

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        import json  # CKF113

        rows = await asyncio.to_thread(
            self._all,
            "SELECT body FROM items WHERE user_id = ? AND thread_id = ? AND id = ?",
            (self._user(context), thread_id, item_id),
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_python(json.loads(rows[0]["body"]))

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        await asyncio.to_thread(
            self._all,
            "DELETE FROM items WHERE user_id = ? AND thread_id = ? AND id = ?",
            (self._user(context), thread_id, item_id),
        )

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        await asyncio.to_thread(  # CKF202
            self._all,
            "INSERT OR REPLACE INTO attachments (id, user_id, thread_id, body)"
            " VALUES (?, ?, ?, ?)",
            (
                attachment.id,
                self._user(context),
                attachment.thread_id,
                attachment.model_dump_json(),
            ),
        )

    async def load_attachment(
        self, attachment_id: str, context: dict[str, Any]
    ) -> Attachment:
        rows = await asyncio.to_thread(
            self._all,
            "SELECT body FROM attachments WHERE user_id = ? AND id = ?",
            (self._user(context), attachment_id),
        )
        if not rows:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(rows[0]["body"])

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await asyncio.to_thread(  # CKF201
            self._all, "DELETE FROM attachments WHERE id = ?", (attachment_id,)
        )
