import asyncio
import sqlite3
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

THREAD_ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)

TABLES = """
create table if not exists threads (
    rid integer primary key autoincrement, cook text not null, id text not null,
    ts integer not null, payload text not null, unique (cook, id));
create table if not exists items (
    rid integer primary key autoincrement, cook text not null, thread_id text not null, id text not null,
    ts integer not null, payload text not null, unique (cook, thread_id, id));
create table if not exists attachments (
    cook text not null, id text not null, thread_id text, payload text not null, primary key (cook, id));
"""


@dataclass(frozen=True)
class Cook:
    id: str


def new_id(prefix: str) -> str:
    return f"{prefix}_{int(time.time() * 1000)}"  # CKF116


def as_micros(value: datetime) -> int:
    return round(value.timestamp() * 1_000_000)


class RecipeChatStore(Store[Cook]):
    """Keeps cooking chats in one SQLite file. sqlite3 blocks, so statements run in worker threads."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self._conn: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def connect(self) -> None:
        conn = sqlite3.connect(self.filename, check_same_thread=False)
        conn.row_factory = sqlite3.Row
        conn.executescript(TABLES)
        self._conn = conn

    def _query(self, statement: str, *args: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._conn.execute(statement, args).fetchall()  # CKF111

    def _execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        if self._conn is None:
            raise RuntimeError("connect() first")
        with self._lock, self._conn:
            for statement, args in statements:
                self._conn.execute(statement, args)

    def _ordering(self, order: str) -> tuple[str, str]:
        if order == "asc":
            return ">", "order by ts asc, rid asc"
        if order == "desc":
            return "<", "order by ts desc, rid desc"
        raise ValueError(f"bad order: {order}")

    def generate_thread_id(self, context: Cook) -> str:
        return new_id("thr")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Cook) -> str:
        return new_id(item_type)

    async def load_thread(self, thread_id: str, context: Cook) -> ThreadMetadata:
        rows = await asyncio.to_thread(
            self._query, "select payload from threads where cook = ? and id = ?", context.id, thread_id
        )
        if not rows:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(rows[0]["payload"])

    async def save_thread(self, thread: ThreadMetadata, context: Cook) -> None:
        payload = thread.model_dump_json(exclude={"items"})
        await asyncio.to_thread(
            self._execute,
            (
                "insert into threads (cook, id, ts, payload) values (?, ?, ?, ?) "
                "on conflict (cook, id) do update set ts = excluded.ts, payload = excluded.payload",
                (context.id, thread.id, as_micros(thread.created_at), payload),
            ),
        )

    async def load_threads(self, limit: int, after: str | None, order: str, context: Cook) -> Page[ThreadMetadata]:
        sign, ordering = self._ordering(order)
        statement = "select id, payload from threads where cook = ?"
        args: list[Any] = [context.id]
        if after is not None:
            anchor = self._query("select ts, rid from threads where cook = ? and id = ?", context.id, after)  # CKF215
            if not anchor:
                raise NotFoundError(f"Thread {after} not found")
            statement += f" and (ts, rid) {sign} (?, ?)"
            args += [anchor[0]["ts"], anchor[0]["rid"]]
        rows = await asyncio.to_thread(self._query, f"{statement} {ordering} limit ?", *args, limit + 1)
        page = rows[:limit]
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["payload"]) for row in page],
            has_more=len(rows) > limit,
            after=page[-1]["id"] if page and len(rows) > limit else None,
        )

    async def delete_thread(self, thread_id: str, context: Cook) -> None:
        key = (context.id, thread_id)
        await asyncio.to_thread(
            self._execute,
            ("delete from items where cook = ? and thread_id = ?", key),
            ("delete from attachments where cook = ? and thread_id = ?", key),
            ("delete from threads where cook = ? and id = ?", key),
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Cook
    ) -> Page[ThreadItem]:
        sign, ordering = self._ordering(order)
        statement = "select payload from items where cook = ? and thread_id = ?"
        args: list[Any] = [context.id, thread_id]
        if after is not None:
            ts, rid = await self._item_position(thread_id, after, context)
            statement += f" and (ts, rid) {sign} (?, ?)"
            args += [ts, rid]
        rows = await asyncio.to_thread(self._query, f"{statement} {ordering} limit ?", *args, limit + 1)
        return Page[ThreadItem](  # CKF213
            data=[THREAD_ITEM.validate_json(row["payload"]) for row in rows[:limit]],
            has_more=len(rows) > limit,
        )

    async def _item_position(self, thread_id: str, item_id: str, context: Cook) -> tuple[int, int]:
        rows = await asyncio.to_thread(
            self._query,
            "select ts, rid from items where cook = ? and thread_id = ? and id = ?",
            context.id,
            thread_id,
            item_id,
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return rows[0]["ts"], rows[0]["rid"]

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Cook) -> None:
        stamped = item.model_copy(update={"created_at": datetime.now(timezone.utc)})  # CKF209
        await self.save_item(thread_id, stamped, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Cook) -> None:
        await self.load_thread(thread_id, context)
        await asyncio.to_thread(
            self._execute,
            (
                "insert into items (cook, thread_id, id, ts, payload) values (?, ?, ?, ?, ?) "
                "on conflict (cook, thread_id, id) do update set ts = excluded.ts, payload = excluded.payload",
                (context.id, thread_id, item.id, as_micros(item.created_at), item.model_dump_json()),
            ),
        )

    async def load_item(self, thread_id: str, item_id: str, context: Cook) -> ThreadItem:
        rows = await asyncio.to_thread(
            self._query,
            "select payload from items where cook = ? and thread_id = ? and id = ?",
            context.id,
            thread_id,
            item_id,
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return THREAD_ITEM.validate_json(rows[0]["payload"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Cook) -> None:
        await asyncio.to_thread(
            self._execute,
            ("delete from items where cook = ? and thread_id = ? and id = ?", (context.id, thread_id, item_id)),
        )

    async def save_attachment(self, attachment: Attachment, context: Cook) -> None:
        await asyncio.to_thread(
            self._execute,
            (
                "insert into attachments (cook, id, thread_id, payload) values (?, ?, ?, ?) "
                "on conflict (cook, id) do update set thread_id = excluded.thread_id, payload = excluded.payload",
                (context.id, attachment.id, attachment.thread_id, attachment.model_dump_json()),
            ),
        )

    async def load_attachment(self, attachment_id: str, context: Cook) -> Attachment:
        rows = await asyncio.to_thread(
            self._query, "select payload from attachments where cook = ? and id = ?", context.id, attachment_id
        )
        if not rows:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(rows[0]["payload"])

    async def delete_attachment(self, attachment_id: str, context: Cook) -> None:
        await asyncio.to_thread(
            self._execute, ("delete from attachments where cook = ? and id = ?", (context.id, attachment_id))
        )
