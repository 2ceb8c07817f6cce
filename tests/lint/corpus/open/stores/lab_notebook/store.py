"""SQLite store of the lab notebook chat (aiosqlite, one connection, WAL)."""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar

import aiosqlite
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

P = ParamSpec("P")
R = TypeVar("R")

ITEMS: Final[TypeAdapter[ThreadItem]] = TypeAdapter(ThreadItem)
FILES: Final[TypeAdapter[Attachment]] = TypeAdapter(Attachment)
MAX_PAGE: Final = 200
WALK: Final[dict[str, tuple[str, str]]] = {"asc": (">", "ASC"), "desc": ("<", "DESC")}

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS nb_thread (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bench TEXT NOT NULL, id TEXT NOT NULL,
    at REAL NOT NULL, body TEXT NOT NULL, UNIQUE (bench, id));
CREATE TABLE IF NOT EXISTS nb_item (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bench TEXT NOT NULL, thread_id TEXT NOT NULL,
    id TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL,
    UNIQUE (bench, thread_id, id),
    FOREIGN KEY (bench, thread_id) REFERENCES nb_thread (bench, id) ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS nb_file (
    bench TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT, body TEXT NOT NULL,
    PRIMARY KEY (bench, id));
"""


class StoreDown(RuntimeError):
    """The database did not answer."""


@dataclass(frozen=True)
class Researcher:
    lab: str
    login: str

    @property
    def bench(self) -> str:
        """The partition every row of this person lives in."""
        if not self.lab or not self.login:
            raise PermissionError("anonymous researcher")
        return f"{len(self.lab)}:{self.lab}/{self.login}"


def translated(call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    @functools.wraps(call)
    async def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await call(*args, **kwargs)
        except aiosqlite.OperationalError as exc:
            raise StoreDown("chat database unavailable") from exc

    return inner


class NotebookStore(Store[Researcher]):
    def __init__(self, path: str) -> None:
        self._path = path
        self._open: aiosqlite.Connection | None = None
        self._one_writer = asyncio.Lock()

    async def start(self) -> None:
        self._open = await aiosqlite.connect(self._path)
        await self._open.execute("PRAGMA foreign_keys = ON")
        await self._open.execute("PRAGMA journal_mode = WAL")
        await self._open.executescript(SCHEMA)

    async def stop(self) -> None:
        if self._open is not None:
            await self._open.close()
            self._open = None

    @property
    def _db(self) -> aiosqlite.Connection:
        if self._open is None:
            raise StoreDown("store is not started")
        return self._open

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[aiosqlite.Connection]:
        db = self._db
        async with self._one_writer:
            try:
                yield db
            except BaseException:
                await db.rollback()
                raise
            await db.commit()

    async def _row(self, sql: str, *values: Any) -> Any:
        async with self._db.execute(sql, values) as cursor:
            return await cursor.fetchone()

    async def _page(
        self, table: str, scope: dict[str, str], after: str | None, limit: int, order: str, noun: str
    ) -> tuple[list[Any], bool]:
        """Keyset page over (at, seq) within `scope`; table and columns are ours, never a client's."""
        if order not in WALK or limit < 1:
            raise ValueError("order must be asc or desc, limit positive")
        compare, direction = WALK[order]
        limit = min(limit, MAX_PAGE)
        where = " AND ".join(f"{column} = ?" for column in scope)
        values: list[Any] = [*scope.values()]
        if after is not None:
            mark = await self._row(f"SELECT at, seq FROM {table} WHERE {where} AND id = ?", *values, after)
            if mark is None:
                raise NotFoundError(f"{noun} {after} not found")
            where += f" AND (at, seq) {compare} (?, ?)"
            values += [mark[0], mark[1]]
        sql = f"SELECT id, body FROM {table} WHERE {where} ORDER BY at {direction}, seq {direction} LIMIT ?"
        async with self._db.execute(sql, (*values, limit + 1)) as cursor:
            rows = list(await cursor.fetchall())
        return rows[:limit], len(rows) > limit

    def generate_thread_id(self, context: Researcher) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Researcher
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    @translated
    async def load_thread(self, thread_id: str, context: Researcher) -> ThreadMetadata:
        row = await self._row(
            "SELECT body FROM nb_thread WHERE bench = ? AND id = ?", context.bench, thread_id
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row[0])

    @translated
    async def save_thread(self, thread: ThreadMetadata, context: Researcher) -> None:
        body = thread.model_dump_json(exclude={"items"})
        async with self._writing() as db:
            await db.execute(
                "INSERT INTO nb_thread (bench, id, at, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (bench, id) DO UPDATE SET at = excluded.at, body = excluded.body",
                (context.bench, thread.id, thread.created_at.timestamp(), body),
            )

    @translated
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Researcher
    ) -> Page[ThreadItem]:
        scope = {"bench": context.bench, "thread_id": thread_id}
        rows, more = await self._page("nb_item", scope, after, limit, order, "Item")
        return Page(
            data=[ITEMS.validate_json(body) for _, body in rows],
            has_more=more,
            after=rows[-1][0] if more else None,
        )

    @translated
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Researcher
    ) -> Page[ThreadMetadata]:
        rows, more = await self._page(
            "nb_thread", {"bench": context.bench}, after, limit, order, "Thread"
        )
        return Page(
            data=[ThreadMetadata.model_validate_json(body) for _, body in rows],
            has_more=more,
            after=rows[-1][0] if more else None,
        )

    @translated
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Researcher) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item belongs to another thread")
        async with self._writing() as db:
            done = await db.execute(
                "INSERT INTO nb_item (bench, thread_id, id, at, body) "
                "SELECT bench, id, ?, ?, ? FROM nb_thread WHERE bench = ? AND id = ? "
                "ON CONFLICT (bench, thread_id, id) "
                "DO UPDATE SET at = excluded.at, body = excluded.body",
                (
                    item.id,
                    item.created_at.timestamp(),
                    ITEMS.dump_json(item).decode(),
                    context.bench,
                    thread_id,
                ),
            )
            if done.rowcount == 0:
                raise NotFoundError(f"Thread {thread_id} not found")

    async def save_item(self, thread_id: str, item: ThreadItem, context: Researcher) -> None:
        await self.add_thread_item(thread_id, item, context)

    @translated
    async def load_item(self, thread_id: str, item_id: str, context: Researcher) -> ThreadItem:
        row = await self._row(
            "SELECT body FROM nb_item WHERE bench = ? AND thread_id = ? AND id = ?",
            context.bench,
            thread_id,
            item_id,
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(row[0])

    @translated
    async def delete_thread(self, thread_id: str, context: Researcher) -> None:
        async with self._writing() as db:  # items go by the foreign key
            for statement in (
                "DELETE FROM nb_file WHERE bench = ? AND thread_id = ?",
                "DELETE FROM nb_thread WHERE bench = ? AND id = ?",
            ):
                await db.execute(statement, (context.bench, thread_id))

    @translated
    async def delete_thread_item(self, thread_id: str, item_id: str, context: Researcher) -> None:
        async with self._writing() as db:
            await db.execute(
                "DELETE FROM nb_item WHERE bench = ? AND thread_id = ? AND id = ?",
                (context.bench, thread_id, item_id),
            )

    @translated
    async def save_attachment(self, attachment: Attachment, context: Researcher) -> None:
        async with self._writing() as db:
            await db.execute(
                "INSERT OR REPLACE INTO nb_file (bench, id, thread_id, body) VALUES (?, ?, ?, ?)",
                (
                    context.bench,
                    attachment.id,
                    attachment.thread_id,
                    FILES.dump_json(attachment).decode(),
                ),
            )

    @translated
    async def load_attachment(self, attachment_id: str, context: Researcher) -> Attachment:
        row = await self._row(
            "SELECT body FROM nb_file WHERE bench = ? AND id = ?", context.bench, attachment_id
        )
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return FILES.validate_json(row[0])

    @translated
    async def delete_attachment(self, attachment_id: str, context: Researcher) -> None:
        async with self._writing() as db:
            await db.execute(
                "DELETE FROM nb_file WHERE bench = ? AND id = ?", (context.bench, attachment_id)
            )
