"""Conversations in PostgreSQL, over an asyncpg pool.

Rows keep the whole model as text, so whatever the SDK adds to an item later is
kept as well. Next to the text are only the columns that queries need: who owns
the row, the instant it is sorted by, and the order in which rows arrived.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

import asyncpg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError

logger = logging.getLogger(__name__)

ITEM: Final[TypeAdapter[ThreadItem]] = TypeAdapter(ThreadItem)
ATTACHMENT: Final[TypeAdapter[Attachment]] = TypeAdapter(Attachment)

MAX_PAGE_SIZE = 200
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

SCHEMA = """
CREATE TABLE IF NOT EXISTS ck_threads (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY,
    owner_id   TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE TABLE IF NOT EXISTS ck_items (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY,
    owner_id   TEXT COLLATE "C" NOT NULL,
    thread_id  TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (owner_id, thread_id, id)
);
CREATE TABLE IF NOT EXISTS ck_attachments (
    owner_id  TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    thread_id TEXT COLLATE "C",
    body      TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
"""

# Comparison and direction for each order a client may ask for.
WALK: Final[dict[str, tuple[str, str]]] = {"asc": (">", "ASC"), "desc": ("<", "DESC")}

THREAD_COLUMNS = "seq, id, created_us, body"
ITEM_COLUMNS = THREAD_COLUMNS


@dataclass(frozen=True)
class RequestContext:
    user_id: str


def _microseconds(moment: datetime) -> int:
    delta = moment.astimezone(timezone.utc) - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _owner(context: RequestContext) -> str:
    if not isinstance(context.user_id, str) or not context.user_id:
        raise PermissionError("a signed-in user is required")
    return context.user_id


def _page_arguments(limit: int, order: str) -> tuple[int, str, str]:
    if limit < 1:
        raise ValueError("limit must be positive")
    if order not in WALK:
        raise ValueError("order must be asc or desc")
    operator, direction = WALK[order]
    return min(limit, MAX_PAGE_SIZE), operator, direction


class LighthouseStore(Store[RequestContext]):
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(self._dsn, command_timeout=15)
        async with self._connection() as connection:
            await connection.execute(SCHEMA)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        if self._pool is None:
            raise RuntimeError("open() the store first")
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection

    def generate_thread_id(self, context: RequestContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    # Threads

    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        async with self._connection() as connection:
            body = await connection.fetchval(
                "SELECT body FROM ck_threads WHERE owner_id = $1 AND id = $2",
                _owner(context),
                thread_id,
            )
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        # A Thread carries its items along; only what ThreadMetadata declares is kept.
        body = thread.model_dump_json(include=set(ThreadMetadata.model_fields))
        async with self._connection() as connection:
            await connection.execute(
                "INSERT INTO ck_threads (owner_id, id, created_us, body) "
                "VALUES ($1, $2, $3, $4) "
                "ON CONFLICT (owner_id, id) DO UPDATE "
                "SET created_us = EXCLUDED.created_us, body = EXCLUDED.body",
                _owner(context),
                thread.id,
                _microseconds(thread.created_at),
                body,
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        size, operator, direction = _page_arguments(limit, order)
        parameters: list[Any] = [_owner(context)]
        beyond = ""
        async with self._connection() as connection:
            if after is not None:
                mark = await connection.fetchrow(
                    "SELECT created_us, seq FROM ck_threads WHERE owner_id = $1 AND id = $2",
                    parameters[0],
                    after,
                )
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
                parameters += [mark["created_us"], mark["seq"]]
                beyond = f"AND (created_us, seq) {operator} ($2, $3)"
            rows = await connection.fetch(
                f"SELECT {THREAD_COLUMNS} FROM ck_threads WHERE owner_id = $1 {beyond} "
                f"ORDER BY created_us {direction}, seq {direction} LIMIT {size + 1:d}",
                *parameters,
            )
        kept = rows[:size]
        has_more = len(rows) > size
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in kept],
            has_more=has_more,
            after=kept[-1]["id"] if has_more else None,
        )

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        owner = _owner(context)
        async with self._connection() as connection:
            for table, column in (
                ("ck_items", "thread_id"),
                ("ck_attachments", "thread_id"),
                ("ck_threads", "id"),
            ):
                await connection.execute(
                    f"DELETE FROM {table} WHERE owner_id = $1 AND {column} = $2", owner, thread_id
                )

    # Items

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        size, operator, direction = _page_arguments(limit, order)
        parameters: list[Any] = [_owner(context), thread_id]
        beyond = ""
        async with self._connection() as connection:
            if after is not None:
                mark = await connection.fetchrow(
                    "SELECT created_us, seq FROM ck_items "
                    "WHERE owner_id = $1 AND thread_id = $2 AND id = $3",
                    *parameters,
                    after,
                )
                if mark is None:
                    raise NotFoundError(f"Item {after} not found")
                parameters += [mark["created_us"], mark["seq"]]
                beyond = f"AND (created_us, seq) {operator} ($3, $4)"
            rows = await connection.fetch(
                f"SELECT {ITEM_COLUMNS} FROM ck_items "
                f"WHERE owner_id = $1 AND thread_id = $2 {beyond} "
                f"ORDER BY created_us {direction}, seq {direction} LIMIT {size + 1:d}",
                *parameters,
            )
        kept = rows[:size]
        items: list[ThreadItem] = []
        for row in kept:
            try:
                items.append(ITEM.validate_json(row["body"]))
            except ValidationError:
                logger.warning("item %s of thread %s cannot be read", row["id"], thread_id)
        has_more = len(rows) > size
        return Page[ThreadItem](
            data=items, has_more=has_more, after=kept[-1]["id"] if has_more else None
        )

    async def _put_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} belongs to another thread")
        owner = _owner(context)
        async with self._connection() as connection:
            known = await connection.fetchval(
                "SELECT 1 FROM ck_threads WHERE owner_id = $1 AND id = $2 FOR KEY SHARE",
                owner,
                thread_id,
            )
            if not known:
                raise NotFoundError(f"Thread {thread_id} not found")
            await connection.execute(
                "INSERT INTO ck_items (owner_id, thread_id, id, created_us, body) "
                "VALUES ($1, $2, $3, $4, $5) "
                "ON CONFLICT (owner_id, thread_id, id) DO UPDATE "
                "SET created_us = EXCLUDED.created_us, body = EXCLUDED.body",
                owner,
                thread_id,
                item.id,
                _microseconds(item.created_at),
                ITEM.dump_json(item).decode(),
            )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        await self._put_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        await self._put_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: RequestContext) -> ThreadItem:
        async with self._connection() as connection:
            body = await connection.fetchval(
                "SELECT body FROM ck_items WHERE owner_id = $1 AND thread_id = $2 AND id = $3",
                _owner(context),
                thread_id,
                item_id,
            )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        async with self._connection() as connection:
            await connection.execute(
                "DELETE FROM ck_items WHERE owner_id = $1 AND thread_id = $2 AND id = $3",
                _owner(context),
                thread_id,
                item_id,
            )

    # Attachments

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        async with self._connection() as connection:
            await connection.execute(
                "INSERT INTO ck_attachments (owner_id, id, thread_id, body) "
                "VALUES ($1, $2, $3, $4) ON CONFLICT (owner_id, id) "
                "DO UPDATE SET thread_id = EXCLUDED.thread_id, body = EXCLUDED.body",
                _owner(context),
                attachment.id,
                attachment.thread_id,
                ATTACHMENT.dump_json(attachment).decode(),
            )

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        async with self._connection() as connection:
            body = await connection.fetchval(
                "SELECT body FROM ck_attachments WHERE owner_id = $1 AND id = $2",
                _owner(context),
                attachment_id,
            )
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        async with self._connection() as connection:
            await connection.execute(
                "DELETE FROM ck_attachments WHERE owner_id = $1 AND id = $2",
                _owner(context),
                attachment_id,
            )
