"""PostgreSQL store on psycopg 3 and its async pool."""

import uuid
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, TypeAdapter

THREAD_ITEM = TypeAdapter[ThreadItem](ThreadItem)
ATTACHMENT = TypeAdapter[Attachment](Attachment)

DDL = """
create table if not exists chat_threads (
    n bigint generated always as identity,
    id text primary key,
    org_id text not null,
    title text,
    created_at timestamptz not null,
    payload text not null
);
create table if not exists chat_items (
    n bigint generated always as identity,
    org_id text not null,
    thread_id text not null references chat_threads (id) on delete cascade,
    id text not null,
    created_at timestamptz not null,
    payload text not null,
    primary key (thread_id, id)
);
create table if not exists chat_attachments (
    id text not null,
    org_id text not null,
    thread_id text references chat_threads (id) on delete cascade,
    payload text not null,
    primary key (org_id, id)
);
"""


class OrgContext(BaseModel):
    org_id: str


class GraniteStore(Store[OrgContext]):
    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.pool: AsyncConnectionPool | None = None

    async def start(self) -> None:
        pool = AsyncConnectionPool(self.conninfo, open=False)
        await pool.open()
        self.pool = pool
        async with self.connection() as conn:
            await conn.execute(DDL)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[dict[str, Any]]]:
        async with self.pool.connection() as conn:  # CKF111
            conn.row_factory = dict_row
            yield conn

    def org(self, context: OrgContext) -> str:
        if not context.org_id:
            raise PermissionError("no organisation")
        return context.org_id

    def generate_thread_id(self, context: OrgContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: OrgContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: OrgContext) -> ThreadMetadata:
        async with self.connection() as conn:
            cur = await conn.execute(
                "select payload from chat_threads where id = %s and org_id = %s",
                (thread_id, self.org(context)),
            )
            row = await cur.fetchone()
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["payload"])

    async def save_thread(self, thread: ThreadMetadata, context: OrgContext) -> None:
        payload = thread.model_dump_json(include={"id", "title", "created_at", "metadata"})  # CKF207
        row = (thread.id, self.org(context), thread.title, thread.created_at, payload)
        async with self.connection() as conn:
            await conn.execute("insert into chat_threads (id, org_id, title, created_at, payload) "  # CKF202
                               "values (%s, %s, %s, %s, %s) on conflict (id) do update "
                               "set title = excluded.title, created_at = excluded.created_at, "
                               "payload = excluded.payload", row)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: OrgContext
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        limit = min(limit, 200)
        org_id = self.org(context)
        params: list[str] = [org_id]
        query = "select id, payload from chat_threads where org_id = %s"
        async with self.connection() as conn:
            if after is not None:
                await self.load_thread(after, context)
                params.append(after)
                query += " and id > %s" if order == "asc" else " and id < %s"  # CKF211
            way = "asc" if order == "asc" else "desc"
            query += f" order by created_at {way}, n {way}"
            query += " limit %s"
            params.append(limit + 1)  # CKF115
            cur = await conn.execute(query, params)
            rows = await cur.fetchall()
        page = rows[:limit]
        has_more = len(rows) > limit
        return Page(
            data=[ThreadMetadata.model_validate_json(row["payload"]) for row in page],
            has_more=has_more,
            after=page[-1]["id"] if has_more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: OrgContext
    ) -> Page[ThreadItem]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        limit = min(limit, 200)
        scope: tuple[Any, ...] = (self.org(context), thread_id)
        direction = sql.SQL("asc" if order == "asc" else "desc")
        condition = sql.SQL("")
        async with self.connection() as conn:
            if after is not None:
                cur = await conn.execute(
                    "select created_at, n from chat_items "
                    "where org_id = %s and thread_id = %s and id = %s",
                    (*scope, after),
                )
                mark = await cur.fetchone()
                if mark:  # CKF214
                    compare = sql.SQL(">" if order == "asc" else "<")
                    condition = sql.SQL("and (created_at, n) {} (%s, %s)").format(compare)
                    scope = (*scope, mark["created_at"], mark["n"])
            query = sql.SQL(
                "select id, payload from chat_items where org_id = %s and thread_id = %s {where} "
                "order by created_at {way}, n {way} limit %s"
            ).format(where=condition, way=direction)
            cur = await conn.execute(query, (*scope, limit + 1))
            rows = await cur.fetchall()
        page = rows[:limit]
        has_more = len(rows) > limit
        return Page(
            data=[THREAD_ITEM.validate_json(row["payload"]) for row in page],
            has_more=has_more,
            after=page[-1]["id"] if has_more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: OrgContext) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: OrgContext) -> None:
        await self.load_thread(thread_id, context)
        async with self.connection() as conn:
            await conn.execute(
                """
                insert into chat_items (org_id, thread_id, id, created_at, payload)
                values (%s, %s, %s, %s, %s)
                on conflict (thread_id, id) do update
                set created_at = excluded.created_at, payload = excluded.payload
                where chat_items.org_id = excluded.org_id
                """,
                (
                    self.org(context),
                    thread_id,
                    item.id,
                    item.created_at,
                    THREAD_ITEM.dump_json(item).decode(),
                ),
            )

    async def load_item(self, thread_id: str, item_id: str, context: OrgContext) -> ThreadItem:
        async with self.connection() as conn:
            cur = await conn.execute(
                "select payload from chat_items where org_id = %s and thread_id = %s and id = %s",
                (self.org(context), thread_id, item_id),
            )
            row = await cur.fetchone()
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return THREAD_ITEM.validate_json(row["payload"])

    async def delete_thread(self, thread_id: str, context: OrgContext) -> None:
        # chat_items and chat_attachments follow by their foreign keys
        async with self.connection() as conn:
            await conn.execute(
                "delete from chat_threads where id = %s and org_id = %s",
                (thread_id, self.org(context)),
            )

    async def delete_thread_item(self, thread_id: str, item_id: str, context: OrgContext) -> None:
        async with self.connection() as conn:
            await conn.execute(
                "delete from chat_items where org_id = %s and thread_id = %s and id = %s",
                (self.org(context), thread_id, item_id),
            )

    async def save_attachment(self, attachment: Attachment, context: OrgContext) -> None:
        async with self.connection() as conn:
            await conn.execute(
                """
                insert into chat_attachments (org_id, id, thread_id, payload)
                values (%s, %s, %s, %s)
                on conflict (org_id, id) do update
                set thread_id = excluded.thread_id, payload = excluded.payload
                """,
                (
                    self.org(context),
                    attachment.id,
                    attachment.thread_id,
                    ATTACHMENT.dump_json(attachment).decode(),
                ),
            )

    async def load_attachment(self, attachment_id: str, context: OrgContext) -> Attachment:
        async with self.connection() as conn:
            cur = await conn.execute(
                "select payload from chat_attachments where id = %s and org_id = %s",
                (attachment_id, self.org(context)),
            )
            row = await cur.fetchone()
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(row["payload"])

    async def delete_attachment(self, attachment_id: str, context: OrgContext) -> None:
        async with self.connection() as conn:
            await conn.execute(
                "delete from chat_attachments where id = %s and org_id = %s",
                (attachment_id, self.org(context)),
            )
