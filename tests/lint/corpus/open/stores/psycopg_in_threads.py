"""A Store on the synchronous psycopg driver, for a code base that has no async database layer.

The public methods are coroutines that hand a plain function to a worker thread; whatever talks
to the database is in `_Session`, which is never touched from the event loop.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool
from pydantic import TypeAdapter, ValidationError

log = logging.getLogger("chat.store")

T = TypeVar("T")
Context = dict[str, Any]

_item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_attachment_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)

_ASCENDING = " ORDER BY at ASC, seq ASC LIMIT %(take)s"
_DESCENDING = " ORDER BY at DESC, seq DESC LIMIT %(take)s"
_AFTER_ASCENDING = " AND (at, seq) > (%(at)s, %(seq)s)"
_AFTER_DESCENDING = " AND (at, seq) < (%(at)s, %(seq)s)"

_THREADS = "SELECT id, body FROM ck_thread WHERE owner = %(owner)s"
_ITEMS = "SELECT id, body FROM ck_item WHERE owner = %(owner)s AND thread_id = %(thread)s"
_THREAD_CURSOR = "SELECT at, seq FROM ck_thread WHERE owner = %(owner)s AND id = %(after)s"
_ITEM_CURSOR = (
    "SELECT at, seq FROM ck_item"
    " WHERE owner = %(owner)s AND thread_id = %(thread)s AND id = %(after)s"
)


class _Session:
    """Blocking queries of one owner on one connection."""

    def __init__(self, conn: "psycopg.Connection[dict[str, Any]]", owner: str) -> None:
        self._conn = conn
        self._owner = owner

    def one(self, sql: str, **params: Any) -> dict[str, Any] | None:
        return self._conn.execute(sql, {"owner": self._owner, **params}).fetchone()

    def run(self, sql: str, **params: Any) -> int:
        return self._conn.execute(sql, {"owner": self._owner, **params}).rowcount

    def page(
        self, select: str, cursor_sql: str, kind: str, after: str | None, take: int, order: str, **p: Any
    ) -> list[dict[str, Any]]:
        ascending = order == "asc"
        sql = select
        values: dict[str, Any] = {"owner": self._owner, "take": take, **p}
        if after is not None:
            cursor = self.one(cursor_sql, after=after, **p)
            if cursor is None:
                raise NotFoundError(f"{kind} {after} not found")
            values |= cursor
            sql += _AFTER_ASCENDING if ascending else _AFTER_DESCENDING
        sql += _ASCENDING if ascending else _DESCENDING
        return self._conn.execute(sql, values).fetchall()


class ThreadedPostgresStore(Store[Context]):
    max_page_size = 200

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    # ids

    def generate_thread_id(self, context: Context) -> str:
        return "thr_" + secrets.token_hex(16)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return f"{item_type}_" + secrets.token_hex(16)

    # plumbing

    @staticmethod
    def _owner(context: Context) -> str:
        owner = context.get("user_id") if context else None
        if not isinstance(owner, str) or not owner:
            raise PermissionError("no user in the request context")
        return owner

    def _work(self, owner: str, job: Callable[[_Session], T]) -> T:
        with self._pool.connection() as conn:
            conn.row_factory = dict_row
            return job(_Session(conn, owner))

    async def _in_thread(self, context: Context, job: Callable[[_Session], T]) -> T:
        return await asyncio.to_thread(self._work, self._owner(context), job)

    def _checked(self, limit: int, order: str) -> int:
        if limit <= 0:
            raise ValueError("limit must be greater than zero")
        if order not in ("asc", "desc"):
            raise ValueError(f"unknown order {order!r}")
        return min(limit, self.max_page_size)

    @staticmethod
    def _instant(moment: datetime) -> int:
        return round(moment.timestamp() * 1_000_000)

    # threads

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        row = await self._in_thread(
            context,
            lambda s: s.one(
                "SELECT body FROM ck_thread WHERE owner = %(owner)s AND id = %(id)s", id=thread_id
            ),
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        values = {
            "id": thread.id,
            "at": self._instant(thread.created_at),
            "body": thread.model_dump_json(exclude={"items"}),
        }

        def upsert(session: _Session) -> None:
            session.run(
                "INSERT INTO ck_thread (owner, id, at, body)"
                " VALUES (%(owner)s, %(id)s, %(at)s, %(body)s)"
                " ON CONFLICT (owner, id) DO UPDATE SET at = excluded.at, body = excluded.body",
                **values,
            )

        await self._in_thread(context, upsert)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        size = self._checked(limit, order)
        rows = await self._in_thread(
            context,
            lambda s: s.page(_THREADS, _THREAD_CURSOR, "Thread", after, size + 1, order),
        )
        shown = rows[:size]
        return Page(
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in shown],
            has_more=len(rows) > size,
            after=shown[-1]["id"] if len(rows) > size else None,
        )

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        def delete(session: _Session) -> None:
            for table in ("ck_item", "ck_attachment"):
                session.run(
                    f"DELETE FROM {table} WHERE owner = %(owner)s AND thread_id = %(id)s",
                    id=thread_id,
                )
            session.run("DELETE FROM ck_thread WHERE owner = %(owner)s AND id = %(id)s", id=thread_id)

        await self._in_thread(context, delete)

    # items

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        size = self._checked(limit, order)
        rows = await self._in_thread(
            context,
            lambda s: s.page(
                _ITEMS, _ITEM_CURSOR, "Item", after, size + 1, order, thread=thread_id
            ),
        )
        shown = rows[:size]
        data: list[ThreadItem] = []
        for row in shown:
            try:
                data.append(_item_adapter.validate_json(row["body"]))
            except ValidationError:
                log.warning("item %s cannot be read by this version, left out", row["id"])
        return Page(
            data=data,
            has_more=len(rows) > size,
            after=shown[-1]["id"] if len(rows) > size else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item names another thread")
        at, body = self._instant(item.created_at), item.model_dump_json()

        def put(session: _Session) -> None:
            thread = session.one(
                "SELECT 1 AS one FROM ck_thread WHERE owner = %(owner)s AND id = %(id)s FOR UPDATE",
                id=thread_id,
            )
            if thread is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            session.run(
                "INSERT INTO ck_item (owner, thread_id, id, at, body)"
                " VALUES (%(owner)s, %(thread)s, %(id)s, %(at)s, %(body)s)"
                " ON CONFLICT (owner, thread_id, id)"
                " DO UPDATE SET at = excluded.at, body = excluded.body",
                thread=thread_id,
                id=item.id,
                at=at,
                body=body,
            )

        await self._in_thread(context, put)

    save_item = add_thread_item

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        row = await self._in_thread(
            context,
            lambda s: s.one(
                "SELECT body FROM ck_item"
                " WHERE owner = %(owner)s AND thread_id = %(thread)s AND id = %(id)s",
                thread=thread_id,
                id=item_id,
            ),
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return _item_adapter.validate_json(row["body"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        sql = (
            "DELETE FROM ck_item"
            " WHERE owner = %(owner)s AND thread_id = %(thread)s AND id = %(id)s"
        )
        await self._in_thread(context, lambda s: s.run(sql, thread=thread_id, id=item_id))

    # attachments

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        body = attachment.model_dump_json()
        await self._in_thread(
            context,
            lambda s: s.run(
                "INSERT INTO ck_attachment (owner, id, thread_id, body)"
                " VALUES (%(owner)s, %(id)s, %(thread)s, %(body)s)"
                " ON CONFLICT (owner, id)"
                " DO UPDATE SET thread_id = excluded.thread_id, body = excluded.body",
                id=attachment.id,
                thread=attachment.thread_id,
                body=body,
            ),
        )

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        sql = "SELECT body FROM ck_attachment WHERE owner = %(owner)s AND id = %(id)s"
        row = await self._in_thread(context, lambda s: s.one(sql, id=attachment_id))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _attachment_adapter.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        sql = "DELETE FROM ck_attachment WHERE owner = %(owner)s AND id = %(id)s"
        await self._in_thread(context, lambda s: s.run(sql, id=attachment_id))
