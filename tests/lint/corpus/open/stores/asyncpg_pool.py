"""ChatKit persistence on PostgreSQL through an asyncpg pool.

Every table is keyed by the owner first, so an id never means anything outside its owner.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError

logger = logging.getLogger(__name__)

MAX_PAGE = 200

SCHEMA = """
CREATE TABLE IF NOT EXISTS chat_threads (
    owner TEXT COLLATE "C" NOT NULL,
    id    TEXT COLLATE "C" NOT NULL,
    at    BIGINT NOT NULL,
    seq   BIGINT GENERATED ALWAYS AS IDENTITY,
    body  TEXT NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE TABLE IF NOT EXISTS chat_items (
    owner     TEXT COLLATE "C" NOT NULL,
    thread_id TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    at        BIGINT NOT NULL,
    seq       BIGINT GENERATED ALWAYS AS IDENTITY,
    body      TEXT NOT NULL,
    PRIMARY KEY (owner, thread_id, id),
    FOREIGN KEY (owner, thread_id) REFERENCES chat_threads (owner, id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS chat_attachments (
    owner     TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    thread_id TEXT COLLATE "C",
    body      TEXT NOT NULL,
    PRIMARY KEY (owner, id)
);
"""

DIRECTIONS = {"asc": ("ASC", ">"), "desc": ("DESC", "<")}

# One statement per direction, written once when the module is loaded.
THREAD_PAGE = {
    order: f"""
        SELECT id, body FROM chat_threads
        WHERE owner = $1 AND ($2::bigint IS NULL OR (at, seq) {compare} ($2, $3))
        ORDER BY at {word}, seq {word} LIMIT $4
    """
    for order, (word, compare) in DIRECTIONS.items()
}
ITEM_PAGE = {
    order: f"""
        SELECT id, body FROM chat_items
        WHERE owner = $1 AND thread_id = $2
          AND ($3::bigint IS NULL OR (at, seq) {compare} ($3, $4))
        ORDER BY at {word}, seq {word} LIMIT $5
    """
    for order, (word, compare) in DIRECTIONS.items()
}
UPSERT_ITEM = """
    INSERT INTO chat_items (owner, thread_id, id, at, body)
    SELECT $1::text, $2::text, $3::text, $4::bigint, $5::text
    WHERE EXISTS (SELECT 1 FROM chat_threads WHERE owner = $1 AND id = $2)
    ON CONFLICT (owner, thread_id, id) DO UPDATE SET at = EXCLUDED.at, body = EXCLUDED.body
"""

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENTS: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class RequestContext:
    user_id: str | None
    locale: str = "en"


def owner_of(context: RequestContext) -> str:
    if not isinstance(context.user_id, str) or not context.user_id:
        raise PermissionError("sign in to use the chat")
    return context.user_id


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def page_size(limit: int, order: str) -> int:
    if limit < 1:
        raise ValueError("limit must be positive")
    if order not in DIRECTIONS:
        raise ValueError("order must be asc or desc")
    return min(limit, MAX_PAGE)


class AsyncpgStore(Store[RequestContext]):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def migrate(self) -> None:
        await self._pool.execute(SCHEMA)

    def generate_thread_id(self, context: RequestContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        body = await self._pool.fetchval(
            "SELECT body FROM chat_threads WHERE owner = $1 AND id = $2",
            owner_of(context),
            thread_id,
        )
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        await self._pool.execute(
            """
            INSERT INTO chat_threads (owner, id, at, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (owner, id) DO UPDATE SET at = EXCLUDED.at, body = EXCLUDED.body
            """,
            owner_of(context),
            thread.id,
            micros(thread.created_at),
            thread.model_dump_json(exclude={"items"}),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        size = page_size(limit, order)
        owner = owner_of(context)
        async with self._pool.acquire() as conn:
            cursor: Any = (None, None)
            if after is not None:
                cursor = await conn.fetchrow(
                    "SELECT at, seq FROM chat_threads WHERE owner = $1 AND id = $2", owner, after
                )
                if cursor is None:
                    raise NotFoundError(f"Thread {after} not found")
            rows = await conn.fetch(THREAD_PAGE[order], owner, cursor[0], cursor[1], size + 1)
        more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows],
            has_more=more,
            after=rows[-1]["id"] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        owner = owner_of(context)
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(
                "DELETE FROM chat_attachments WHERE owner = $1 AND thread_id = $2", owner, thread_id
            )
            await conn.execute(
                "DELETE FROM chat_threads WHERE owner = $1 AND id = $2", owner, thread_id
            )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        size = page_size(limit, order)
        owner = owner_of(context)
        async with self._pool.acquire() as conn:
            at: int | None = None
            seq: int | None = None
            if after is not None:
                cursor = await conn.fetchrow(
                    "SELECT at, seq FROM chat_items"
                    " WHERE owner = $1 AND thread_id = $2 AND id = $3",
                    owner,
                    thread_id,
                    after,
                )
                if cursor is None:
                    raise NotFoundError(f"Item {after} not found")
                at, seq = cursor["at"], cursor["seq"]
            rows = await conn.fetch(ITEM_PAGE[order], owner, thread_id, at, seq, size + 1)
        more = len(rows) > size
        rows = rows[:size]
        items: list[ThreadItem] = []
        for row in rows:
            try:
                items.append(ITEMS.validate_json(row["body"]))
            except ValidationError:
                logger.warning("left item %s out: its type is not known here", row["id"])
        return Page(data=items, has_more=more, after=rows[-1]["id"] if more else None)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        owner = owner_of(context)
        if item.thread_id != thread_id:
            raise ValueError(f"Item {item.id} belongs to {item.thread_id}, not {thread_id}")
        status = await self._pool.execute(
            UPSERT_ITEM,
            owner,
            thread_id,
            item.id,
            micros(item.created_at),
            item.model_dump_json(),
        )
        if status.endswith(" 0"):
            raise NotFoundError(f"Thread {thread_id} not found")

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> ThreadItem:
        body = await self._pool.fetchval(
            "SELECT body FROM chat_items WHERE owner = $1 AND thread_id = $2 AND id = $3",
            owner_of(context),
            thread_id,
            item_id,
        )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        await self._pool.execute(
            "DELETE FROM chat_items WHERE owner = $1 AND thread_id = $2 AND id = $3",
            owner_of(context),
            thread_id,
            item_id,
        )

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        await self._pool.execute(
            """
            INSERT INTO chat_attachments (owner, id, thread_id, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (owner, id)
            DO UPDATE SET thread_id = EXCLUDED.thread_id, body = EXCLUDED.body
            """,
            owner_of(context),
            attachment.id,
            attachment.thread_id,
            attachment.model_dump_json(),
        )

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        body = await self._pool.fetchval(
            "SELECT body FROM chat_attachments WHERE owner = $1 AND id = $2",
            owner_of(context),
            attachment_id,
        )
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENTS.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        await self._pool.execute(
            "DELETE FROM chat_attachments WHERE owner = $1 AND id = $2",
            owner_of(context),
            attachment_id,
        )
