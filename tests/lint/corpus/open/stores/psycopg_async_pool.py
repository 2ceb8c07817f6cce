"""PostgreSQL store for the support chat (psycopg 3, async pool)."""

import logging
import uuid
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, TypeAdapter

logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS support_threads (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, at BIGINT NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY, data TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS support_items (
    id TEXT PRIMARY KEY, thread_id TEXT NOT NULL REFERENCES support_threads (id) ON DELETE CASCADE,
    owner TEXT NOT NULL, at BIGINT NOT NULL, seq BIGINT GENERATED ALWAYS AS IDENTITY,
    data TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS support_attachments (
    id TEXT NOT NULL, owner TEXT NOT NULL, thread_id TEXT, data TEXT NOT NULL,
    PRIMARY KEY (owner, id)
);
"""

item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class SupportContext(BaseModel):
    user_id: str
    team: str | None = None


def to_micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def check_paging(limit: int, order: str) -> int:
    if limit < 1 or order not in ("asc", "desc"):
        raise ValueError("bad paging arguments")
    return min(limit, 200)


class SupportStore(Store[SupportContext]):
    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._pool: AsyncConnectionPool | None = None

    async def open(self) -> None:
        pool = AsyncConnectionPool(self.conninfo, open=False)
        await pool.open()
        async with pool.connection() as conn:
            await conn.execute(SCHEMA)
        self._pool = pool

    async def _query(self, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        async with self._pool.connection() as conn:  # CKF111
            async with conn.cursor(row_factory=dict_row) as cur:
                await cur.execute(sql, params)
                if cur.description is None:
                    return []
                return await cur.fetchall()

    def _user(self, context: SupportContext) -> str:
        if not context.user_id:
            raise PermissionError("login required")
        return context.user_id

    def generate_thread_id(self, context: SupportContext) -> str:
        return f"thr_{uuid.uuid4().hex[:12]}"  # CKF116

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: SupportContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    # -- threads -------------------------------------------------------

    async def load_thread(self, thread_id: str, context: SupportContext) -> ThreadMetadata:
        rows = await self._query(
            "SELECT data FROM support_threads WHERE id = %(id)s AND owner = %(owner)s",
            {"id": thread_id, "owner": self._user(context)},
        )
        if not rows:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(rows[0]["data"])

    async def save_thread(self, thread: ThreadMetadata, context: SupportContext) -> None:
        await self._query(  # CKF202
            """
            INSERT INTO support_threads (id, owner, at, data)
            VALUES (%(id)s, %(owner)s, %(at)s, %(data)s)
            ON CONFLICT (id) DO UPDATE SET at = EXCLUDED.at, data = EXCLUDED.data
            """,
            {
                "id": thread.id,
                "owner": self._user(context),
                "at": to_micros(thread.created_at),
                "data": thread.model_dump_json(exclude={"items"}),
            },
        )

    async def load_threads(  # CKF102
        self, after: str | None, limit: int, order: str, context: SupportContext
    ) -> Page[ThreadMetadata]:
        size = check_paging(limit, order)
        params: dict[str, Any] = {"owner": self._user(context), "take": size + 1}
        where = "owner = %(owner)s"
        direction, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        if after:
            cursor = await self._query(
                "SELECT at, seq FROM support_threads WHERE owner = %(owner)s AND id = %(after)s",
                {"owner": params["owner"], "after": after},
            )
            if not cursor:
                raise NotFoundError(f"Thread {after} not found")
            params.update(cursor[0])
            where += f" AND (at, seq) {sign} (%(at)s, %(seq)s)"
        rows = await self._query(
            f"SELECT id, data FROM support_threads WHERE {where}"
            f" ORDER BY at {direction}, seq {direction} LIMIT %(take)s",
            params,
        )
        has_more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[ThreadMetadata.model_validate_json(row["data"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def delete_thread(self, thread_id: str, context: SupportContext) -> None:
        mine = {"id": thread_id, "owner": self._user(context)}
        await self._query(
            "DELETE FROM support_attachments WHERE thread_id = %(id)s AND owner = %(owner)s", mine
        )
        await self._query(
            "DELETE FROM support_threads WHERE id = %(id)s AND owner = %(owner)s", mine
        )

    # -- items ---------------------------------------------------------

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: SupportContext
    ) -> Page[ThreadItem]:
        size = check_paging(limit, order)
        params: dict[str, Any] = {
            "thread": thread_id,
            "owner": self._user(context),
            "take": size + 1,
        }
        where = "thread_id = %(thread)s AND owner = %(owner)s"
        direction, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        if after:
            params["after"] = after
            known = await self._query(
                f"SELECT 1 FROM support_items WHERE {where} AND id = %(after)s", params
            )
            if not known:
                raise NotFoundError(f"Item {after} not found")
            where += f" AND id {sign} %(after)s"  # CKF211
        rows = await self._query(
            f"SELECT id, data FROM support_items WHERE {where}"
            f" ORDER BY at {direction} LIMIT %(take)s",
            params,
        )
        items = []  # CKF109
        for row in rows[:size]:
            items.append(item_adapter.validate_json(row["data"]))
        has_more = len(rows) > size
        return Page(data=items, has_more=has_more, after=items[-1].id if has_more else None)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: SupportContext
    ) -> None:
        await self.load_thread(thread_id, context)
        await self._query(
            """
            INSERT INTO support_items (id, thread_id, owner, at, data)
            VALUES (%(id)s, %(thread)s, %(owner)s, %(at)s, %(data)s)
            ON CONFLICT (id) DO UPDATE SET at = EXCLUDED.at, data = EXCLUDED.data
            WHERE support_items.owner = EXCLUDED.owner
              AND support_items.thread_id = EXCLUDED.thread_id
            """,
            {
                "id": item.id,
                "thread": thread_id,
                "owner": self._user(context),
                "at": to_micros(item.created_at),
                "data": item.model_dump_json(),
            },
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: SupportContext) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: SupportContext
    ) -> ThreadItem:
        rows = await self._query(
            "SELECT data FROM support_items"
            " WHERE id = %(id)s AND thread_id = %(thread)s AND owner = %(owner)s",
            {"id": item_id, "thread": thread_id, "owner": self._user(context)},
        )
        if not rows:
            raise ValueError(f"Item {item_id} not found in thread {thread_id}")  # CKF206
        return item_adapter.validate_json(rows[0]["data"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: SupportContext
    ) -> None:
        await self._query(
            "DELETE FROM support_items"
            " WHERE id = %(id)s AND thread_id = %(thread)s AND owner = %(owner)s",
            {"id": item_id, "thread": thread_id, "owner": self._user(context)},
        )

    # -- attachments ---------------------------------------------------

    async def save_attachment(self, attachment: Attachment, context: SupportContext) -> None:
        await self._query(
            """
            INSERT INTO support_attachments (id, owner, thread_id, data)
            VALUES (%(id)s, %(owner)s, %(thread)s, %(data)s)
            ON CONFLICT (owner, id)
            DO UPDATE SET thread_id = EXCLUDED.thread_id, data = EXCLUDED.data
            """,
            {
                "id": attachment.id,
                "owner": self._user(context),
                "thread": attachment.thread_id,
                "data": attachment.model_dump_json(),
            },
        )

    async def load_attachment(self, attachment_id: str, context: SupportContext) -> Attachment:  # CKF216
        raise NotImplementedError("TODO: read the attachment back")

    async def delete_attachment(self, attachment_id: str, context: SupportContext) -> None:
        await self._query(
            "DELETE FROM support_attachments WHERE id = %(id)s AND owner = %(owner)s",
            {"id": attachment_id, "owner": self._user(context)},
        )
