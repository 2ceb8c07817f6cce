"""PostgreSQL (psycopg 3) chat store of the permit office."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import LiteralString

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg_pool import AsyncConnectionPool
from pydantic import TypeAdapter

_item: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_attachment: TypeAdapter[Attachment] = TypeAdapter(Attachment)

DDL: LiteralString = """
CREATE TABLE IF NOT EXISTS permit_thread (
  seq bigserial, clerk text NOT NULL, id text NOT NULL, at timestamptz NOT NULL, body text NOT NULL,
  PRIMARY KEY (clerk, id));
CREATE TABLE IF NOT EXISTS permit_item (
  seq bigserial, clerk text NOT NULL, thread_id text NOT NULL, id text NOT NULL,
  at timestamptz NOT NULL, body text NOT NULL,
  PRIMARY KEY (clerk, thread_id, id),
  FOREIGN KEY (clerk, thread_id) REFERENCES permit_thread (clerk, id) ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS permit_attachment (
  clerk text NOT NULL, id text NOT NULL, thread_id text, body text NOT NULL,
  PRIMARY KEY (clerk, id));
"""


@dataclass(frozen=True)
class Clerk:
    clerk_id: str
    office: str

    def key(self) -> str:
        if not self.clerk_id:
            raise PermissionError("no clerk")
        return self.clerk_id


def instant(value: datetime) -> datetime:
    """For ordering only; the exact text is in the body."""
    return value.astimezone(timezone.utc)


class PermitStore(Store[Clerk]):
    def __init__(self, pool: AsyncConnectionPool) -> None:
        self.pool = pool

    def generate_thread_id(self, context: Clerk) -> str:
        return "thr_" + secrets.token_hex(16)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Clerk
    ) -> str:
        return f"{item_type}_" + secrets.token_hex(16)

    async def _one(self, sql: LiteralString, *params: str) -> tuple[str, ...] | None:
        async with self.pool.connection() as conn:
            return await (await conn.execute(sql, params)).fetchone()

    async def _run(self, sql: LiteralString, *params: object) -> int:
        async with self.pool.connection() as conn:
            return (await conn.execute(sql, params)).rowcount

    async def load_thread(self, thread_id: str, context: Clerk) -> ThreadMetadata:
        row = await self._one(
            "SELECT body FROM permit_thread WHERE clerk = %s AND id = %s", context.key(), thread_id
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row[0])

    async def save_thread(self, thread: ThreadMetadata, context: Clerk) -> None:
        await self._run(
            "INSERT INTO permit_thread (clerk, id, at, body) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (clerk, id) DO UPDATE SET at = EXCLUDED.at, body = EXCLUDED.body",
            context.key(),
            thread.id,
            instant(thread.created_at),
            thread.model_dump_json(exclude={"items"}),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Clerk
    ) -> Page[ThreadMetadata]:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad page")
        limit = min(limit, 200)
        sql = "SELECT body FROM permit_thread WHERE clerk = %s"
        params: list[str] = [context.key()]
        if after is not None:
            await self.load_thread(after, context)  # NotFoundError for a stale cursor
            sql += " AND (at, seq) " + ("> " if order == "asc" else "< ")
            sql += "(SELECT at, seq FROM permit_thread WHERE clerk = %s AND id = %s)"
            params += [context.key(), after]
        sql += " ORDER BY at ASC, seq ASC" if order == "asc" else " ORDER BY at DESC, seq DESC"
        params.append(limit + 1)  # CKF115
        async with self.pool.connection() as conn:
            rows = await (await conn.execute(sql + " LIMIT %s", params)).fetchall()
        return Page(
            data=[ThreadMetadata.model_validate_json(row[0]) for row in rows[:limit]],
            has_more=len(rows) > limit,  # CKF213
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Clerk
    ) -> Page[ThreadItem]:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad page")
        limit = min(limit, 200)
        sql = "SELECT id, body FROM permit_item WHERE clerk = %s AND thread_id = %s"
        params: list[object] = [context.key(), thread_id]
        if after is not None:
            anchor = await self.load_item(thread_id, after, context)
            sql += " AND at > %s" if order == "asc" else " AND at < %s"  # CKF210
            params.append(instant(anchor.created_at))
        sql += " ORDER BY at ASC, seq ASC" if order == "asc" else " ORDER BY at DESC, seq DESC"
        async with self.pool.connection() as conn:
            cursor = await conn.execute(sql + " LIMIT %s", [*params, limit + 1])
            rows = await cursor.fetchall()
        more = len(rows) > limit
        return Page(
            data=[_item.validate_json(row[1]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1][0] if more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Clerk) -> None:
        stored = await self._run(
            "INSERT INTO permit_item (clerk, thread_id, id, at, body) "
            "SELECT clerk, id, %s, %s, %s FROM permit_thread WHERE clerk = %s AND id = %s "
            "ON CONFLICT (clerk, thread_id, id) "
            "DO UPDATE SET at = EXCLUDED.at, body = EXCLUDED.body",
            item.id,
            instant(item.created_at),
            _item.dump_json(item).decode(),
            context.key(),
            thread_id,
        )
        if not stored:
            raise NotFoundError(f"Thread {thread_id} not found")

    async def save_item(self, thread_id: str, item: ThreadItem, context: Clerk) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Clerk) -> ThreadItem:
        row = await self._one(
            "SELECT body FROM permit_item WHERE clerk = %s AND thread_id = %s AND id = %s",
            context.key(),
            thread_id,
            item_id,
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return _item.validate_json(row[0])

    async def delete_thread(self, thread_id: str, context: Clerk) -> None:
        who = context.key()
        await self._run(
            "DELETE FROM permit_attachment WHERE clerk = %s AND thread_id = %s", who, thread_id
        )
        await self._run(
            "DELETE FROM permit_item WHERE clerk = %s AND thread_id = %s", who, thread_id
        )
        await self._run("DELETE FROM permit_thread WHERE clerk = %s AND id = %s", who, thread_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Clerk) -> None:
        await self._run(
            "DELETE FROM permit_item WHERE clerk = %s AND thread_id = %s AND id = %s",
            context.key(),
            thread_id,
            item_id,
        )

    async def save_attachment(self, attachment: Attachment, context: Clerk) -> None:
        await self._run(
            "INSERT INTO permit_attachment (clerk, id, thread_id, body) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (clerk, id) DO UPDATE "
            "SET thread_id = EXCLUDED.thread_id, body = EXCLUDED.body",
            context.key(),
            attachment.id,
            attachment.thread_id,
            _attachment.dump_json(attachment).decode(),
        )

    async def load_attachment(self, attachment_id: str, context: Clerk) -> Attachment:
        row = await self._one(
            "SELECT body FROM permit_attachment WHERE clerk = %s AND id = %s",
            context.key(),
            attachment_id,
        )
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _attachment.validate_json(row[0])

    async def delete_attachment(self, attachment_id: str, context: Clerk) -> None:
        await self._run(
            "DELETE FROM permit_attachment WHERE clerk = %s AND id = %s",
            context.key(),
            attachment_id,
        )
