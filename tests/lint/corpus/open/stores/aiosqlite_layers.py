"""A small aiosqlite store in three layers: plumbing, the store, and one with an audit trail."""

import json
import logging
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosqlite
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

log = logging.getLogger(__name__)


class Ctx(TypedDict):
    user_id: str


TABLES = (
    """CREATE TABLE IF NOT EXISTS thread (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, id TEXT NOT NULL,
        at INTEGER NOT NULL, doc TEXT NOT NULL, UNIQUE (owner, id))""",
    """CREATE TABLE IF NOT EXISTS item (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, thread_id TEXT NOT NULL,
        id TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL,
        UNIQUE (owner, thread_id, id))""",
    """CREATE TABLE IF NOT EXISTS attachment (
        owner TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT, doc TEXT NOT NULL,
        PRIMARY KEY (owner, id))""",
    "CREATE TABLE IF NOT EXISTS audit (owner TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL)",
)

THREAD_SCOPE = "owner = ?"
ITEM_SCOPE = "owner = ? AND thread_id = ?"


class SqliteBase(Store[Ctx]):
    """Connections, ids and paging. Still abstract: the tables are the next layer's business."""

    item_type: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
    attachment_type: TypeAdapter[Attachment] = TypeAdapter(Attachment)

    def __init__(self, path: Path) -> None:
        self.path = path

    def generate_thread_id(self, context: Ctx) -> str:
        return secrets.token_urlsafe(24)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx
    ) -> str:
        return secrets.token_urlsafe(24)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as db:
            db.row_factory = aiosqlite.Row
            yield db
            await db.commit()

    def user(self, context: Ctx) -> str:
        user = context.get("user_id")
        if not isinstance(user, str) or not user:
            raise PermissionError("who is asking?")
        return user

    async def one(self, sql: str, *values: Any) -> aiosqlite.Row | None:
        async with self.connected() as db, db.execute(sql, values) as cursor:
            return await cursor.fetchone()

    async def page(
        self, table: str, scope: str, values: list[Any], after: str | None, limit: int, order: str
    ) -> tuple[list[aiosqlite.Row], bool]:
        """Read a page of a table of ours; `table` and `scope` are always literals of this module."""
        if order not in ("asc", "desc"):
            raise ValueError("order is asc or desc")
        if limit < 1:
            raise ValueError("limit is at least 1")
        limit = min(limit, 200)
        where, bound = scope, list(values)
        direction, compare = ("ASC", ">") if order == "asc" else ("DESC", "<")
        if after is not None:
            cursor = await self.one(
                f"SELECT at, seq FROM {table} WHERE {scope} AND id = ?", *values, after
            )
            if cursor is None:
                raise NotFoundError(f"{table.capitalize()} {after} not found")
            where += f" AND (at, seq) {compare} (?, ?)"
            bound += [cursor["at"], cursor["seq"]]
        sql = (
            f"SELECT id, doc FROM {table} WHERE {where}"
            f" ORDER BY at {direction}, seq {direction} LIMIT ?"
        )
        async with self.connected() as db:
            rows = list(await db.execute_fetchall(sql, [*bound, limit + 1]))
        return rows[:limit], len(rows) > limit

    def readable(self, rows: Iterable[aiosqlite.Row]) -> list[ThreadItem]:
        items: list[ThreadItem] = []
        for row in rows:
            try:
                items.append(self.item_type.validate_json(row["doc"]))
            except ValidationError:
                kind = json.loads(row["doc"]).get("type")
                log.warning("item %s of type %r left out", row["id"], kind)
        return items


def at(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class SqliteStore(SqliteBase):
    async def setup(self) -> None:
        async with self.connected() as db:
            for table in TABLES:
                await db.execute(table)

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.one(
            "SELECT doc FROM thread WHERE owner = ? AND id = ?", self.user(context), thread_id
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["doc"])

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        doc = thread.model_dump_json(exclude={"items"})
        async with self.connected() as db:
            await db.execute(
                "INSERT INTO thread (owner, id, at, doc) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (owner, id) DO UPDATE SET at = excluded.at, doc = excluded.doc",
                (self.user(context), thread.id, at(thread.created_at), doc),
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Ctx
    ) -> Page[ThreadMetadata]:
        rows, more = await self.page(
            "thread", THREAD_SCOPE, [self.user(context)], after, limit, order
        )
        threads = [ThreadMetadata.model_validate_json(row["doc"]) for row in rows]
        return Page(data=threads, has_more=more, after=rows[-1]["id"] if more else None)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        mine = (self.user(context), thread_id)
        async with self.connected() as db:
            await db.execute("DELETE FROM item WHERE owner = ? AND thread_id = ?", mine)
            await db.execute("DELETE FROM attachment WHERE owner = ? AND thread_id = ?", mine)
            await db.execute("DELETE FROM thread WHERE owner = ? AND id = ?", mine)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Ctx
    ) -> Page[ThreadItem]:
        scope = [self.user(context), thread_id]
        rows, more = await self.page("item", ITEM_SCOPE, scope, after, limit, order)
        return Page(
            data=self.readable(rows), has_more=more, after=rows[-1]["id"] if more else None
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} does not belong to thread {thread_id}")
        owner = self.user(context)
        async with self.connected() as db:
            done = await db.execute(
                "INSERT INTO item (owner, thread_id, id, at, doc)"
                " SELECT owner, id, ?, ?, ? FROM thread WHERE owner = ? AND id = ?"
                " ON CONFLICT (owner, thread_id, id)"
                " DO UPDATE SET at = excluded.at, doc = excluded.doc",
                (item.id, at(item.created_at), item.model_dump_json(), owner, thread_id),
            )
            if done.rowcount == 0:
                raise NotFoundError(f"Thread {thread_id} not found")

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        row = await self.one(
            "SELECT doc FROM item WHERE owner = ? AND thread_id = ? AND id = ?",
            self.user(context),
            thread_id,
            item_id,
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return self.item_type.validate_json(row["doc"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        async with self.connected() as db:
            await db.execute(
                "DELETE FROM item WHERE owner = ? AND thread_id = ? AND id = ?",
                (self.user(context), thread_id, item_id),
            )

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        row = (
            self.user(context),
            attachment.id,
            attachment.thread_id,
            attachment.model_dump_json(),
        )
        async with self.connected() as db:
            # The key begins with the owner, so only their own row can be replaced.
            await db.execute("INSERT OR REPLACE INTO attachment VALUES (?, ?, ?, ?)", row)

    async def load_attachment(self, attachment_id: str, context: Ctx) -> Attachment:
        row = await self.one(
            "SELECT doc FROM attachment WHERE owner = ? AND id = ?",
            self.user(context),
            attachment_id,
        )
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return self.attachment_type.validate_json(row["doc"])

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        async with self.connected() as db:
            await db.execute(
                "DELETE FROM attachment WHERE owner = ? AND id = ?",
                (self.user(context), attachment_id),
            )


class AuditedStore(SqliteStore):
    """Also notes who deleted what, and leaves the deleting to the layer below."""

    async def _note(self, what: str, context: Ctx) -> None:
        async with self.connected() as db:
            await db.execute(
                "INSERT INTO audit (owner, what, at) VALUES (?, ?, ?)",
                (self.user(context), what, datetime.now().astimezone().isoformat()),
            )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await super().delete_thread(thread_id, context)
        await self._note(f"thread {thread_id}", context)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        await super().delete_thread_item(thread_id, item_id, context)
        await self._note(f"item {item_id} of {thread_id}", context)
