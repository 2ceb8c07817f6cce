"""Chat persistence of the HR portal on PostgreSQL.

The owner never appears in a statement: every statement runs inside `_as_caller`, which sets the two
transaction-local settings that the row-level-security policies compare with.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import asyncpg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

SCHEMA = """
CREATE TABLE hr.threads (
    tenant text NOT NULL DEFAULT current_setting('app.tenant'),
    subject text NOT NULL DEFAULT current_setting('app.subject'),
    id text NOT NULL, seq bigserial, sort_at bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant, subject, id)
);
CREATE TABLE hr.items (
    tenant text NOT NULL DEFAULT current_setting('app.tenant'),
    subject text NOT NULL DEFAULT current_setting('app.subject'),
    thread_id text NOT NULL, id text NOT NULL, seq bigserial, sort_at bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant, subject, thread_id, id),
    FOREIGN KEY (tenant, subject, thread_id) REFERENCES hr.threads (tenant, subject, id) ON DELETE CASCADE
);
CREATE TABLE hr.attachments (
    tenant text NOT NULL DEFAULT current_setting('app.tenant'),
    subject text NOT NULL DEFAULT current_setting('app.subject'),
    id text NOT NULL, thread_id text, body text NOT NULL,
    PRIMARY KEY (tenant, subject, id)
);
ALTER TABLE hr.threads ENABLE ROW LEVEL SECURITY;
ALTER TABLE hr.threads FORCE ROW LEVEL SECURITY;
ALTER TABLE hr.items ENABLE ROW LEVEL SECURITY;
ALTER TABLE hr.items FORCE ROW LEVEL SECURITY;
ALTER TABLE hr.attachments ENABLE ROW LEVEL SECURITY;
ALTER TABLE hr.attachments FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON hr.threads
    USING (tenant = current_setting('app.tenant') AND subject = current_setting('app.subject'));
CREATE POLICY own ON hr.items
    USING (tenant = current_setting('app.tenant') AND subject = current_setting('app.subject'));
CREATE POLICY own ON hr.attachments
    USING (tenant = current_setting('app.tenant') AND subject = current_setting('app.subject'));
"""

BECOME = "SELECT set_config('app.tenant', $1, true), set_config('app.subject', $2, true)"

PUT_THREAD = """
    INSERT INTO hr.threads (id, sort_at, body) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, subject, id) DO UPDATE SET sort_at = EXCLUDED.sort_at, body = EXCLUDED.body
"""
PUT_ITEM = """
    INSERT INTO hr.items (thread_id, id, sort_at, body)
    SELECT t.id, $2::text, $3::bigint, $4::text FROM hr.threads t WHERE t.id = $1
    ON CONFLICT (tenant, subject, thread_id, id)
    DO UPDATE SET sort_at = EXCLUDED.sort_at, body = EXCLUDED.body
    RETURNING seq
"""
PUT_ATTACHMENT = """
    INSERT INTO hr.attachments (id, thread_id, body) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, subject, id) DO UPDATE SET thread_id = EXCLUDED.thread_id, body = EXCLUDED.body
"""


@dataclass(frozen=True)
class Listing:
    """The three statements a listing needs; `$4` is the thread where there is one."""

    noun: str
    anchor: str
    pages: dict[str, str]


THREADS = Listing(
    noun="Thread",
    anchor="SELECT sort_at, seq FROM hr.threads WHERE id = $1",
    pages={
        "asc": "SELECT id, body FROM hr.threads WHERE $1::bigint IS NULL OR (sort_at, seq) > ($1::bigint, $2::bigint)"
        " ORDER BY sort_at, seq LIMIT $3",
        "desc": "SELECT id, body FROM hr.threads WHERE $1::bigint IS NULL OR (sort_at, seq) < ($1::bigint, $2::bigint)"
        " ORDER BY sort_at DESC, seq DESC LIMIT $3",
    },
)
ITEMS = Listing(
    noun="Item",
    anchor="SELECT sort_at, seq FROM hr.items WHERE id = $1 AND thread_id = $2",
    pages={
        "asc": "SELECT id, body FROM hr.items WHERE thread_id = $4"
        " AND ($1::bigint IS NULL OR (sort_at, seq) > ($1::bigint, $2::bigint)) ORDER BY sort_at, seq LIMIT $3",
        "desc": "SELECT id, body FROM hr.items WHERE thread_id = $4"
        " AND ($1::bigint IS NULL OR (sort_at, seq) < ($1::bigint, $2::bigint)) ORDER BY sort_at DESC, seq DESC LIMIT $3",
    },
)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class Caller:
    tenant: str
    subject: str


def instant(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


class HrPortalStore(Store[Caller]):
    def __init__(self, pool: asyncpg.Pool, max_page: int = 200) -> None:
        self._pool = pool
        self._max_page = max_page

    @asynccontextmanager
    async def _as_caller(self, caller: Caller) -> AsyncIterator[asyncpg.Connection]:
        if not (caller.tenant and caller.subject):
            raise PermissionError("no caller")
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(BECOME, caller.tenant, caller.subject)
            yield connection

    async def _page(
        self, listing: Listing, after: str | None, limit: int, order: str, scope: tuple[str, ...], caller: Caller
    ) -> tuple[list[asyncpg.Record], bool]:
        if limit < 1 or order not in listing.pages:
            raise ValueError(f"bad page request: {limit} {order!r}")
        size = min(limit, self._max_page)
        async with self._as_caller(caller) as connection:
            sort_at, seq = None, None
            if after is not None:
                anchor = await connection.fetchrow(listing.anchor, after, *scope)
                if anchor is None:
                    raise NotFoundError(f"{listing.noun} {after} not found")
                sort_at, seq = anchor["sort_at"], anchor["seq"]
            rows = await connection.fetch(listing.pages[order], sort_at, seq, size + 1, *scope)
        return rows[:size], len(rows) > size

    async def _body(self, statement: str, noun: str, identifier: str, scope: tuple[str, ...], caller: Caller) -> str:
        async with self._as_caller(caller) as connection:
            body = await connection.fetchval(statement, identifier, *scope)
        if body is None:
            raise NotFoundError(f"{noun} {identifier} not found")
        return body

    def generate_thread_id(self, context: Caller) -> str:
        return f"thr_{uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Caller) -> str:
        return f"{item_type}_{uuid4().hex}"

    async def load_thread(self, thread_id: str, context: Caller) -> ThreadMetadata:
        body = await self._body("SELECT body FROM hr.threads WHERE id = $1", "Thread", thread_id, (), context)
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: Caller) -> None:
        body = thread.model_dump_json(exclude={"items"})
        async with self._as_caller(context) as connection:
            await connection.execute(PUT_THREAD, thread.id, instant(thread.created_at), body)

    async def load_threads(self, limit: int, after: str | None, order: str, context: Caller) -> Page[ThreadMetadata]:
        rows, more = await self._page(THREADS, after, limit, order, (), context)
        data = [ThreadMetadata.model_validate_json(row["body"]) for row in rows]
        return Page[ThreadMetadata](data=data, has_more=more, after=rows[-1]["id"] if more else None)

    async def delete_thread(self, thread_id: str, context: Caller) -> None:
        async with self._as_caller(context) as connection:
            await connection.execute("DELETE FROM hr.attachments WHERE thread_id = $1", thread_id)
            await connection.execute("DELETE FROM hr.threads WHERE id = $1", thread_id)  # its items cascade

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Caller
    ) -> Page[ThreadItem]:
        rows, more = await self._page(ITEMS, after, limit, order, (thread_id,), context)
        data = [ITEM.validate_json(row["body"]) for row in rows]
        return Page[ThreadItem](data=data, has_more=more, after=rows[-1]["id"] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        async with self._as_caller(context) as connection:
            stored = await connection.fetchval(
                PUT_ITEM, thread_id, item.id, instant(item.created_at), ITEM.dump_json(item).decode()
            )
        if stored is None:
            raise NotFoundError(f"Thread {thread_id} not found")

    async def save_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Caller) -> ThreadItem:
        statement = "SELECT body FROM hr.items WHERE id = $1 AND thread_id = $2"
        return ITEM.validate_json(await self._body(statement, "Item", item_id, (thread_id,), context))

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Caller) -> None:
        async with self._as_caller(context) as connection:
            await connection.execute("DELETE FROM hr.items WHERE id = $1 AND thread_id = $2", item_id, thread_id)

    async def save_attachment(self, attachment: Attachment, context: Caller) -> None:
        body = ATTACHMENT.dump_json(attachment).decode()
        async with self._as_caller(context) as connection:
            await connection.execute(PUT_ATTACHMENT, attachment.id, attachment.thread_id, body)

    async def load_attachment(self, attachment_id: str, context: Caller) -> Attachment:
        statement = "SELECT body FROM hr.attachments WHERE id = $1"
        return ATTACHMENT.validate_json(await self._body(statement, "Attachment", attachment_id, (), context))

    async def delete_attachment(self, attachment_id: str, context: Caller) -> None:
        async with self._as_caller(context) as connection:
            await connection.execute("DELETE FROM hr.attachments WHERE id = $1", attachment_id)
