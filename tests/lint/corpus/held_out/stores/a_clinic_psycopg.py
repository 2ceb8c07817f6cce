"""Conversations between pet owners and the clinic's triage assistant, in Postgres through psycopg 3."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic import TypeAdapter

MIGRATION = """
CREATE TABLE IF NOT EXISTS triage_threads (
    id text PRIMARY KEY, client_id text NOT NULL, pos bigserial, started bigint NOT NULL, doc jsonb NOT NULL);
CREATE TABLE IF NOT EXISTS triage_items (
    client_id text NOT NULL, thread_id text NOT NULL, id text NOT NULL, pos bigserial,
    sent bigint NOT NULL, doc jsonb NOT NULL, PRIMARY KEY (client_id, thread_id, id));
CREATE TABLE IF NOT EXISTS triage_photos (
    client_id text NOT NULL, id text NOT NULL, thread_id text, doc jsonb NOT NULL, PRIMARY KEY (client_id, id));
"""

item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
photo_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass
class ClinicContext:
    client_id: str
    branch: str


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def keyword(order: str) -> sql.SQL:
    if order == "asc":
        return sql.SQL("ASC")
    if order == "desc":
        return sql.SQL("DESC")
    raise ValueError(f"order must be 'asc' or 'desc', got {order!r}")


def comparison(order: str) -> sql.SQL:
    return sql.SQL(">") if order == "asc" else sql.SQL("<")


class TriageStore(Store[ClinicContext]):
    def __init__(self, pool: AsyncConnectionPool) -> None:
        self.pool = pool

    async def _all(self, query: sql.Composable | str, params: dict[str, Any]) -> list[DictRow]:
        async with self.pool.connection() as conn, conn.cursor(row_factory=dict_row) as cur:
            await cur.execute(query, params)
            return await cur.fetchall()

    async def _first(self, query: str, params: dict[str, Any]) -> DictRow | None:
        found = await self._all(query, params)
        return found[0] if found else None

    async def _write(self, query: str, params: dict[str, Any]) -> None:
        async with self.pool.connection() as conn:
            await conn.execute(query, params)

    def generate_thread_id(self, context: ClinicContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: ClinicContext) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: ClinicContext) -> ThreadMetadata:
        row = await self._first(
            "SELECT doc FROM triage_threads WHERE id = %(id)s AND client_id = %(client)s",
            {"id": thread_id, "client": context.client_id},
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate(row["doc"])

    async def save_thread(self, thread: ThreadMetadata, context: ClinicContext) -> None:
        await self._write(
            "INSERT INTO triage_threads (id, client_id, started, doc) VALUES (%(id)s, %(client)s, %(started)s, %(doc)s) ON CONFLICT (id) DO UPDATE SET doc = EXCLUDED.doc",  # CKF202
            {
                "id": thread.id,
                "client": context.client_id,
                "started": micros(thread.created_at),
                "doc": Jsonb(thread.model_dump(mode="json", exclude={"items"})),
            },
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ClinicContext
    ) -> Page[ThreadMetadata]:
        params: dict[str, Any] = {"client": context.client_id, "n": limit + 1}
        where = sql.SQL("client_id = %(client)s")
        if after is not None:
            anchor = await self._first(
                "SELECT started FROM triage_threads WHERE id = %(id)s AND client_id = %(client)s",
                {"id": after, "client": context.client_id},
            )
            if anchor is None:
                raise NotFoundError(f"Thread {after} not found")
            where = sql.SQL("{} AND started {} %(started)s").format(where, comparison(order))  # CKF210
            params["started"] = anchor["started"]
        query = sql.SQL("SELECT id, doc FROM triage_threads WHERE {where} ORDER BY started {way} LIMIT %(n)s")
        rows = await self._all(query.format(where=where, way=keyword(order)), params)
        shown = rows[:limit]
        has_more = len(rows) > limit
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate(row["doc"]) for row in shown],
            has_more=has_more,
            after=shown[-1]["id"] if has_more and shown else None,
        )

    async def delete_thread(self, thread_id: str, context: ClinicContext) -> None:
        params = {"id": thread_id, "client": context.client_id}
        async with self.pool.connection() as conn, conn.transaction():
            await conn.execute("DELETE FROM triage_items WHERE thread_id = %(id)s AND client_id = %(client)s", params)
            await conn.execute("DELETE FROM triage_photos WHERE thread_id = %(id)s AND client_id = %(client)s", params)
            await conn.execute("DELETE FROM triage_threads WHERE id = %(id)s AND client_id = %(client)s", params)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: ClinicContext) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: ClinicContext) -> None:
        await self.load_thread(thread_id, context)
        await self._write(
            "INSERT INTO triage_items (client_id, thread_id, id, sent, doc) "
            "VALUES (%(client)s, %(thread)s, %(id)s, %(sent)s, %(doc)s) "
            "ON CONFLICT (client_id, thread_id, id) DO UPDATE SET sent = EXCLUDED.sent, doc = EXCLUDED.doc",
            {
                "client": context.client_id,
                "thread": thread_id,
                "id": item.id,
                "sent": micros(item.created_at),
                "doc": Jsonb(item.model_dump(mode="json")),
            },
        )

    async def load_item(self, thread_id: str, item_id: str, context: ClinicContext) -> ThreadItem:
        row = await self._first(
            "SELECT doc FROM triage_items WHERE thread_id = %(thread)s AND id = %(id)s",  # CKF201
            {"thread": thread_id, "id": item_id},
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item_adapter.validate_python(row["doc"])

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: ClinicContext
    ) -> Page[ThreadItem]:
        params: dict[str, Any] = {"client": context.client_id, "thread": thread_id, "n": limit + 1}
        where = sql.SQL("client_id = %(client)s AND thread_id = %(thread)s")
        if after is not None:
            anchor = await self._first(
                "SELECT sent, pos FROM triage_items "
                "WHERE client_id = %(client)s AND thread_id = %(thread)s AND id = %(id)s",
                {"client": context.client_id, "thread": thread_id, "id": after},
            )
            if anchor is None:
                raise NotFoundError(f"Item {after} not found")
            where = sql.SQL("{} AND (sent, pos) {} (%(sent)s, %(pos)s)").format(where, comparison(order))
            params |= {"sent": anchor["sent"], "pos": anchor["pos"]}
        query = sql.SQL("SELECT id, doc FROM triage_items WHERE {w} ORDER BY sent {way}, pos {way} LIMIT %(n)s")
        rows = await self._all(query.format(w=where, way=keyword(order)), params)
        shown = rows[:limit]
        has_more = len(rows) > limit
        return Page[ThreadItem](
            data=[item_adapter.validate_python(row["doc"]) for row in shown],
            has_more=has_more,
            after=shown[-1]["id"] if has_more and shown else None,
        )

    async def delete_thread_item(self, thread_id: str, item_id: str, context: ClinicContext) -> None:
        await self._write(
            "DELETE FROM triage_items WHERE thread_id = %(thread)s AND id = %(id)s",  # CKF201
            {"thread": thread_id, "id": item_id},
        )

    async def save_attachment(self, attachment: Attachment, context: ClinicContext) -> None:
        await self._write(
            "INSERT INTO triage_photos (client_id, id, thread_id, doc) "
            "VALUES (%(client)s, %(id)s, %(thread)s, %(doc)s) "
            "ON CONFLICT (client_id, id) DO UPDATE SET thread_id = EXCLUDED.thread_id, doc = EXCLUDED.doc",
            {
                "client": context.client_id,
                "id": attachment.id,
                "thread": attachment.thread_id,
                "doc": Jsonb(attachment.model_dump(mode="json")),
            },
        )

    async def load_attachment(self, attachment_id: str, context: ClinicContext) -> Attachment:
        row = await self._first(
            "SELECT doc FROM triage_photos WHERE client_id = %(client)s AND id = %(id)s",
            {"client": context.client_id, "id": attachment_id},
        )
        if row is None:
            raise ValueError(f"photo {attachment_id} does not exist")  # CKF206
        return photo_adapter.validate_python(row["doc"])

    async def delete_attachment(self, attachment_id: str, context: ClinicContext) -> None:
        await self._write(
            "DELETE FROM triage_photos WHERE client_id = %(client)s AND id = %(id)s",
            {"client": context.client_id, "id": attachment_id},
        )
