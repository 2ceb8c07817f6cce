"""Festival information desk (asyncpg). Deleted chats can be restored for 30 days: `deleted_at` on the chat."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import asyncpg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

DDL = """
CREATE TABLE IF NOT EXISTS fest_chat (
    visitor text NOT NULL, id text NOT NULL, started timestamptz NOT NULL, body text NOT NULL,
    deleted_at timestamptz, PRIMARY KEY (visitor, id));
CREATE TABLE IF NOT EXISTS fest_message (
    visitor text NOT NULL, chat_id text NOT NULL, id text NOT NULL, seq bigserial, body text NOT NULL,
    PRIMARY KEY (visitor, chat_id, id));
CREATE TABLE IF NOT EXISTS fest_upload (
    id text PRIMARY KEY, visitor text NOT NULL, body text NOT NULL);
"""

MESSAGE: TypeAdapter[Any] = TypeAdapter(ThreadItem)
UPLOAD: TypeAdapter[Any] = TypeAdapter(Attachment)
MESSAGES_ASC = """
SELECT id, body FROM fest_message
WHERE visitor = $1 AND chat_id = $2 AND ($3::bigint IS NULL OR seq > $3) ORDER BY seq ASC LIMIT $4"""
MESSAGES_DESC = """
SELECT id, body FROM fest_message
WHERE visitor = $1 AND chat_id = $2 AND ($3::bigint IS NULL OR seq < $3) ORDER BY seq DESC LIMIT $4"""


@dataclass(frozen=True)
class Visitor:
    wristband: str


class FestivalStore(Store[Visitor]):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    def generate_thread_id(self, context: Visitor) -> str:
        return f"chat_{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Visitor) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _live_chat(self, thread_id: str, visitor: str) -> asyncpg.Record:
        row = await self._pool.fetchrow(
            "SELECT body, started FROM fest_chat WHERE visitor = $1 AND id = $2 AND deleted_at IS NULL",
            visitor, thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return row

    async def load_thread(self, thread_id: str, context: Visitor) -> ThreadMetadata:
        row = await self._live_chat(thread_id, context.wristband)
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Visitor) -> None:
        await self._pool.execute(
            "INSERT INTO fest_chat (visitor, id, started, body) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (visitor, id) DO UPDATE SET body = EXCLUDED.body",
            context.wristband, thread.id, thread.created_at.astimezone(),
            thread.model_dump_json(exclude={"items"}))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Visitor
    ) -> Page[ThreadMetadata]:
        direction, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        sql = "SELECT id, body FROM fest_chat WHERE visitor = $1 AND deleted_at IS NULL"
        args: list[Any] = [context.wristband]
        if after is not None:
            args.append((await self._live_chat(after, context.wristband))["started"])
            sql += f" AND started {sign} $2"  # CKF210
        size = max(1, limit)
        rows = await self._pool.fetch(
            f"{sql} ORDER BY started {direction} LIMIT ${len(args) + 1}", *args, size + 1)
        more = len(rows) > size
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows[:size]],
            has_more=more, after=rows[size - 1]["id"] if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Visitor
    ) -> Page[ThreadItem]:
        mark: int | None = None
        if after is not None:
            mark = await self._pool.fetchval(
                "SELECT seq FROM fest_message WHERE visitor = $1 AND chat_id = $2 AND id = $3",
                context.wristband, thread_id, after)
            if mark is None:
                raise NotFoundError(f"Item {after} not found")
        size = max(1, limit)
        rows = await self._pool.fetch(
            MESSAGES_ASC if order == "asc" else MESSAGES_DESC, context.wristband, thread_id, mark, size + 1)
        more = len(rows) > size
        return Page[ThreadItem](
            data=[MESSAGE.validate_json(row["body"]) for row in rows[:size]],
            has_more=more, after=rows[size - 1]["id"] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        await self._live_chat(thread_id, context.wristband)
        await self._pool.execute(
            "INSERT INTO fest_message (visitor, chat_id, id, body) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (visitor, chat_id, id) DO UPDATE SET body = EXCLUDED.body",
            context.wristband, thread_id, item.id, item.model_dump_json())

    async def load_item(self, thread_id: str, item_id: str, context: Visitor) -> ThreadItem:
        body = await self._pool.fetchval(
            "SELECT body FROM fest_message WHERE visitor = $1 AND chat_id = $2 AND id = $3",
            context.wristband, thread_id, item_id)
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return MESSAGE.validate_json(body)

    async def delete_thread(self, thread_id: str, context: Visitor) -> None:  # CKF218
        await self._pool.execute(
            "UPDATE fest_chat SET deleted_at = now() WHERE visitor = $1 AND id = $2 AND deleted_at IS NULL",
            context.wristband, thread_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Visitor) -> None:
        await self._pool.execute(
            "DELETE FROM fest_message WHERE visitor = $1 AND chat_id = $2 AND id = $3",
            context.wristband, thread_id, item_id)

    async def save_attachment(self, attachment: Attachment, context: Visitor) -> None:
        await self._pool.execute(
            "INSERT INTO fest_upload (id, visitor, body) VALUES ($1, $2, $3)"
            " ON CONFLICT (id) DO UPDATE SET body = EXCLUDED.body",  # CKF202
            attachment.id, context.wristband, attachment.model_dump_json())

    async def load_attachment(self, attachment_id: str, context: Visitor) -> Attachment:
        body = await self._pool.fetchval(
            "SELECT body FROM fest_upload WHERE visitor = $1 AND id = $2", context.wristband, attachment_id)
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return UPLOAD.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: Visitor) -> None:
        await self._pool.execute(
            "DELETE FROM fest_upload WHERE visitor = $1 AND id = $2", context.wristband, attachment_id)
