"""aiomysql store of the warehouse assistant. Every table is keyed by (owner_id, ...); ids are compared as bytes."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import aiomysql
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata, ThreadStatus
from pydantic import TypeAdapter

Row = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ITEM_JSON: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
FILE_JSON: TypeAdapter[Attachment] = TypeAdapter(Attachment)
STATUS_JSON: TypeAdapter[ThreadStatus] = TypeAdapter(ThreadStatus)

FORWARD = "{base} {bound} ORDER BY sort_at ASC, seq ASC LIMIT %s"
BACKWARD = "{base} {bound} ORDER BY sort_at DESC, seq DESC LIMIT %s"
BOUNDS = {"asc": "AND (sort_at, seq) > (%s, %s)", "desc": "AND (sort_at, seq) < (%s, %s)"}
LISTINGS = {"asc": FORWARD, "desc": BACKWARD}

THREADS_OF_OWNER = "SELECT * FROM chat_threads WHERE owner_id = %s"
ITEMS_OF_THREAD = "SELECT * FROM chat_items WHERE owner_id = %s AND thread_id = %s"

UPSERT_THREAD = """
    INSERT INTO chat_threads
        (owner_id, id, sort_at, created_at, title, status, metadata, allowed_image_domains)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON DUPLICATE KEY UPDATE sort_at = VALUES(sort_at), created_at = VALUES(created_at), title = VALUES(title),
        status = VALUES(status), metadata = VALUES(metadata), allowed_image_domains = VALUES(allowed_image_domains)
"""
UPSERT_FILE = """
    INSERT INTO chat_attachments (owner_id, id, thread_id, body) VALUES (%s, %s, %s, %s)
    ON DUPLICATE KEY UPDATE thread_id = VALUES(thread_id), body = VALUES(body)
"""


@dataclass(frozen=True)
class MySqlSettings:
    host: str
    port: int
    user: str
    password: str
    database: str


@dataclass(frozen=True)
class WarehouseContext:
    worker_id: str


def owner_of(context: WarehouseContext) -> str:
    if not context.worker_id:
        raise PermissionError("no worker in the request context")
    return context.worker_id


def micros(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


def to_thread(row: Row) -> ThreadMetadata:
    return ThreadMetadata(  # CKF207
        id=row["id"],
        title=row["title"],
        created_at=datetime.fromisoformat(row["created_at"]),
        status=STATUS_JSON.validate_json(row["status"]),
    )


class WarehouseStore(Store[WarehouseContext]):
    def __init__(self, settings: MySqlSettings) -> None:
        self._settings = settings
        self._pool: aiomysql.Pool | None = None

    async def connect(self) -> None:
        self._pool = await aiomysql.create_pool(
            host=self._settings.host,
            port=self._settings.port,
            user=self._settings.user,
            password=self._settings.password,
            db=self._settings.database,
            charset="utf8mb4",
            autocommit=False,
        )

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[aiomysql.DictCursor]:
        async with self._pool.acquire() as connection:  # CKF111
            async with connection.cursor(aiomysql.DictCursor) as cursor:
                try:
                    yield cursor
                except BaseException:
                    await connection.rollback()
                    raise
                await connection.commit()

    async def _one(self, noun: str, key: str, statement: str, params: Sequence[str]) -> Row:
        async with self._transaction() as cursor:
            await cursor.execute(statement, params)
            row: Row | None = await cursor.fetchone()
        if row is None:
            raise NotFoundError(f"{noun} {key} not found")
        return row

    async def _listing(
        self, base: str, scope: tuple[str, ...], after: str | None, limit: int, order: str
    ) -> tuple[list[Row], str | None]:
        if order not in LISTINGS or limit < 1:
            raise ValueError("bad limit or order")
        size = min(limit, 200)
        bound, params = "", [*scope]
        position: tuple[int, ...] = ()
        async with self._transaction() as cursor:
            if after is not None:
                await cursor.execute(base + " AND id = %s", (*scope, after))
                anchor: Row | None = await cursor.fetchone()
                if anchor is not None:  # CKF214
                    bound, position = BOUNDS[order], (anchor["sort_at"], anchor["seq"])
            statement = LISTINGS[order].format(base=base, bound=bound)
            await cursor.execute(statement, (*params, *position, size + 1))
            rows: list[Row] = list(await cursor.fetchall())
        return rows[:size], rows[size - 1]["id"] if len(rows) > size else None

    def generate_thread_id(self, context: WarehouseContext) -> str:
        return f"thr_{uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: WarehouseContext) -> str:
        return f"{item_type}_{uuid4().hex}"

    async def load_thread(self, thread_id: str, context: WarehouseContext) -> ThreadMetadata:
        statement = THREADS_OF_OWNER + " AND id = %s"
        return to_thread(await self._one("Thread", thread_id, statement, (owner_of(context), thread_id)))

    async def save_thread(self, thread: ThreadMetadata, context: WarehouseContext) -> None:
        async with self._transaction() as cursor:
            await cursor.execute(
                UPSERT_THREAD,
                (
                    owner_of(context),
                    thread.id,
                    micros(thread.created_at),
                    thread.created_at.isoformat(),
                    thread.title,
                    STATUS_JSON.dump_json(thread.status).decode(),
                    json.dumps(thread.metadata),
                    json.dumps(thread.allowed_image_domains),
                ),
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: WarehouseContext
    ) -> Page[ThreadMetadata]:
        rows, cursor = await self._listing(THREADS_OF_OWNER, (owner_of(context),), after, limit, order)
        return Page[ThreadMetadata](data=[to_thread(row) for row in rows], has_more=cursor is not None, after=cursor)

    async def delete_thread(self, thread_id: str, context: WarehouseContext) -> None:
        keys = (owner_of(context), thread_id)
        async with self._transaction() as cursor:
            await cursor.execute("DELETE FROM chat_items WHERE owner_id = %s AND thread_id = %s", keys)
            await cursor.execute("DELETE FROM chat_attachments WHERE owner_id = %s AND thread_id = %s", keys)
            await cursor.execute("DELETE FROM chat_threads WHERE owner_id = %s AND id = %s", keys)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: WarehouseContext
    ) -> Page[ThreadItem]:
        rows, cursor = await self._listing(ITEMS_OF_THREAD, (owner_of(context), thread_id), after, limit, order)
        items = [ITEM_JSON.validate_json(row["body"]) for row in rows]
        return Page[ThreadItem](data=items, has_more=cursor is not None, after=cursor)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: WarehouseContext) -> None:
        await self.load_thread(thread_id, context)
        body = ITEM_JSON.dump_json(item).decode()
        async with self._transaction() as cursor:
            await cursor.execute(  # CKF203
                "INSERT INTO chat_items (owner_id, thread_id, id, sort_at, body) VALUES (%s, %s, %s, %s, %s)",
                (owner_of(context), thread_id, item.id, micros(item.created_at), body),
            )

    async def save_item(self, thread_id: str, item: ThreadItem, context: WarehouseContext) -> None:
        body = ITEM_JSON.dump_json(item).decode()
        async with self._transaction() as cursor:
            await cursor.execute(  # CKF204
                "UPDATE chat_items SET sort_at = %s, body = %s WHERE owner_id = %s AND thread_id = %s AND id = %s",
                (micros(item.created_at), body, owner_of(context), thread_id, item.id),
            )

    async def load_item(self, thread_id: str, item_id: str, context: WarehouseContext) -> ThreadItem:
        statement = ITEMS_OF_THREAD + " AND id = %s"
        row = await self._one("Item", item_id, statement, (owner_of(context), thread_id, item_id))
        return ITEM_JSON.validate_json(row["body"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: WarehouseContext) -> None:
        async with self._transaction() as cursor:
            await cursor.execute(
                "DELETE FROM chat_items WHERE owner_id = %s AND thread_id = %s AND id = %s",
                (owner_of(context), thread_id, item_id),
            )

    async def save_attachment(self, attachment: Attachment, context: WarehouseContext) -> None:
        body = FILE_JSON.dump_json(attachment).decode()
        async with self._transaction() as cursor:
            await cursor.execute(UPSERT_FILE, (owner_of(context), attachment.id, attachment.thread_id, body))

    async def load_attachment(self, attachment_id: str, context: WarehouseContext) -> Attachment:
        statement = "SELECT body FROM chat_attachments WHERE owner_id = %s AND id = %s"
        row = await self._one("Attachment", attachment_id, statement, (owner_of(context), attachment_id))
        return FILE_JSON.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: WarehouseContext) -> None:
        async with self._transaction() as cursor:
            await cursor.execute(
                "DELETE FROM chat_attachments WHERE owner_id = %s AND id = %s", (owner_of(context), attachment_id)
            )
