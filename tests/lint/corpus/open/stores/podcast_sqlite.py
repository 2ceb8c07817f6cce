"""Podcast research assistant. One SQLite file; every call opens its own connection."""
from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiosqlite
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS episodes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (host, id));
CREATE TABLE IF NOT EXISTS snippets (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL, episode_id TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (host, episode_id, id),
    FOREIGN KEY (host, episode_id) REFERENCES episodes (host, id) ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS media (
    host TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (host, id));
"""

DIRECTIONS = {"asc": (">", "ASC"), "desc": ("<", "DESC")}

snippet_adapter: TypeAdapter[Any] = TypeAdapter(ThreadItem)
media_adapter: TypeAdapter[Any] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class HostContext:
    host_id: str


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex[:10]}"  # CKF116


class PodcastStore(Store[HostContext]):
    def __init__(self, path: str) -> None:
        self._path = path

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self._path, timeout=20) as conn:
            conn.row_factory = aiosqlite.Row
            yield conn
            await conn.commit()

    async def create_tables(self) -> None:
        async with self._open() as conn:
            await conn.executescript(SCHEMA)

    async def _row(self, sql: str, *args: object) -> aiosqlite.Row | None:
        async with self._open() as conn, conn.execute(sql, args) as cursor:
            return await cursor.fetchone()

    def generate_thread_id(self, context: HostContext) -> str:
        return new_id("ep")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: HostContext) -> str:
        return new_id(item_type)

    async def load_thread(self, thread_id: str, context: HostContext) -> ThreadMetadata:
        row = await self._row("SELECT body FROM episodes WHERE host = ? AND id = ?", context.host_id, thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: HostContext) -> None:
        async with self._open() as conn:
            await conn.execute(
                "INSERT INTO episodes (host, id, body) VALUES (?, ?, ?)"
                " ON CONFLICT (host, id) DO UPDATE SET body = excluded.body",
                (context.host_id, thread.id, thread.model_dump_json(exclude={"items"})))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: HostContext
    ) -> Page[ThreadMetadata]:
        sign, direction = DIRECTIONS.get(order, DIRECTIONS["desc"])
        sql = "SELECT id, body FROM episodes WHERE host = ?"
        args: list[object] = [context.host_id]
        if after is not None:
            row = await self._row("SELECT seq FROM episodes WHERE host = ? AND id = ?", context.host_id, after)
            if row is None:
                raise NotFoundError(f"Thread {after} not found")
            sql += f" AND seq {sign} ?"
            args.append(row["seq"])
        size = max(1, limit)
        async with self._open() as conn:
            rows = list(await conn.execute_fetchall(f"{sql} ORDER BY seq {direction} LIMIT ?", (*args, size + 1)))
        more = len(rows) > size
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows[:size]],
            has_more=more, after=rows[size - 1]["id"] if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: HostContext
    ) -> Page[ThreadItem]:
        sign, direction = DIRECTIONS.get(order, DIRECTIONS["desc"])
        sql = "SELECT id, body FROM snippets WHERE host = ? AND episode_id = ?"
        args: list[object] = [context.host_id, thread_id]
        if after is not None:
            row = await self._row(
                "SELECT seq FROM snippets WHERE host = ? AND episode_id = ? AND id = ?", *args, after)
            if row is not None:  # CKF214
                sql += f" AND seq {sign} ?"
                args.append(row["seq"])
        size = max(1, limit)
        async with self._open() as conn:
            rows = list(await conn.execute_fetchall(f"{sql} ORDER BY seq {direction} LIMIT ?", (*args, size + 1)))
        more = len(rows) > size
        return Page[ThreadItem](
            data=[snippet_adapter.validate_json(row["body"]) for row in rows[:size]],
            has_more=more, after=rows[size - 1]["id"] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: HostContext) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: HostContext) -> None:
        await self.load_thread(thread_id, context)
        async with self._open() as conn:
            await conn.execute(
                "INSERT INTO snippets (host, episode_id, id, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (host, episode_id, id) DO UPDATE SET body = excluded.body",
                (context.host_id, thread_id, item.id, item.model_dump_json()))

    async def load_item(self, thread_id: str, item_id: str, context: HostContext) -> ThreadItem:
        row = await self._row(
            "SELECT body FROM snippets WHERE host = ? AND episode_id = ? AND id = ?",
            context.host_id, thread_id, item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return snippet_adapter.validate_json(row["body"])

    async def delete_thread(self, thread_id: str, context: HostContext) -> None:  # CKF218
        # snippets go with their episode (ON DELETE CASCADE)
        async with self._open() as conn:
            await conn.execute("DELETE FROM episodes WHERE host = ? AND id = ?", (context.host_id, thread_id))

    async def delete_thread_item(self, thread_id: str, item_id: str, context: HostContext) -> None:
        async with self._open() as conn:
            await conn.execute(
                "DELETE FROM snippets WHERE host = ? AND episode_id = ? AND id = ?",
                (context.host_id, thread_id, item_id))

    async def save_attachment(self, attachment: Attachment, context: HostContext) -> None:
        async with self._open() as conn:
            await conn.execute(
                "INSERT INTO media (host, id, body) VALUES (?, ?, ?)"
                " ON CONFLICT (host, id) DO UPDATE SET body = excluded.body",
                (context.host_id, attachment.id, attachment.model_dump_json()))

    async def load_attachment(self, attachment_id: str, context: HostContext) -> Attachment:
        row = await self._row("SELECT body FROM media WHERE host = ? AND id = ?", context.host_id, attachment_id)
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return media_adapter.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: HostContext) -> None:
        async with self._open() as conn:
            await conn.execute("DELETE FROM media WHERE host = ? AND id = ?", (context.host_id, attachment_id))
