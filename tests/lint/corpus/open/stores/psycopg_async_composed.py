"""PostgreSQL through psycopg's async API, statements put together with psycopg.sql.

Names and directions are composed as identifiers and literals of this module; values only ever
travel as parameters. The three tables of a deployment carry its prefix.
"""

import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg import AsyncConnection, sql
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool
from pydantic import TypeAdapter, ValidationError

log = logging.getLogger(__name__)


class Direction(Enum):
    ASC = "asc"
    DESC = "desc"

    @property
    def word(self) -> sql.SQL:
        return sql.SQL("ASC") if self is Direction.ASC else sql.SQL("DESC")

    @property
    def beyond(self) -> sql.SQL:
        return sql.SQL(">") if self is Direction.ASC else sql.SQL("<")


class Scope(NamedTuple):
    """A table, and which rows of it a request may touch: always those of one owner."""

    table: sql.Identifier
    columns: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def where(self) -> sql.Composable:
        pairs = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in self.columns]
        return sql.SQL(" AND ").join(pairs)


class Identity(NamedTuple):
    user_id: str


READ = sql.SQL("SELECT body FROM {table} WHERE {where} AND id = %s")
REMOVE = sql.SQL("DELETE FROM {table} WHERE {where} AND id = %s")
CURSOR = sql.SQL("SELECT at, seq FROM {table} WHERE {where} AND id = %s")
FIRST = sql.SQL(
    "SELECT id, body FROM {table} WHERE {where} ORDER BY at {way}, seq {way} LIMIT %s"
)
NEXT = sql.SQL(
    "SELECT id, body FROM {table} WHERE {where} AND (at, seq) {beyond} (%s, %s)"
    " ORDER BY at {way}, seq {way} LIMIT %s"
)
UPSERT = sql.SQL(
    "INSERT INTO {table} ({keys}, id, at, body) VALUES ({marks}, %s, %s, %s)"
    " ON CONFLICT ({keys}, id) DO UPDATE SET at = EXCLUDED.at, body = EXCLUDED.body"
)

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def at(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class ComposedStore(Store[Identity]):
    page_limit = 200

    def __init__(self, pool: AsyncConnectionPool, prefix: str) -> None:
        self._pool = pool
        self._tables = {
            name: sql.Identifier(f"{prefix}_{name}") for name in ("threads", "items", "files")
        }

    def generate_thread_id(self, context: Identity) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Identity
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    # scopes

    def _scope(self, table: str, context: Identity, **more: str) -> Scope:
        if not isinstance(context.user_id, str) or not context.user_id:
            raise PermissionError("nobody is signed in")
        return Scope(
            self._tables[table], ("owner", *more), (context.user_id, *more.values())
        )

    def _threads(self, context: Identity) -> Scope:
        return self._scope("threads", context)

    def _items(self, thread_id: str, context: Identity) -> Scope:
        return self._scope("items", context, thread_id=thread_id)

    def _files(self, context: Identity) -> Scope:
        return self._scope("files", context)

    # statements

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["AsyncConnection[Any]"]:
        async with self._pool.connection() as conn:
            conn.row_factory = namedtuple_row
            yield conn

    async def _run(self, conn: Any, statement: sql.SQL, scope: Scope, *values: Any) -> Any:
        query = statement.format(table=scope.table, where=scope.where)
        return await conn.execute(query, (*scope.values, *values))

    async def _read(self, scope: Scope, row_id: str) -> str | None:
        async with self._connection() as conn:
            row = await (await self._run(conn, READ, scope, row_id)).fetchone()
        return row.body if row else None

    async def _remove(self, scope: Scope, row_id: str) -> None:
        async with self._connection() as conn:
            await self._run(conn, REMOVE, scope, row_id)

    async def _upsert(
        self, conn: Any, scope: Scope, row_id: str, moment: int, body: str
    ) -> None:
        query = UPSERT.format(
            table=scope.table,
            keys=sql.SQL(", ").join(map(sql.Identifier, scope.columns)),
            marks=sql.SQL(", ").join([sql.Placeholder()] * len(scope.columns)),
        )
        await conn.execute(query, (*scope.values, row_id, moment, body))

    async def _page(
        self, scope: Scope, kind: str, after: str | None, limit: int, order: str
    ) -> tuple[Sequence[Any], str | None]:
        way = Direction(order)  # a ValueError where it is neither
        if limit < 1:
            raise ValueError("limit must be positive")
        limit = min(limit, self.page_limit)
        place: tuple[Any, ...] = ()
        async with self._connection() as conn:
            if after is not None:
                cursor = await (await self._run(conn, CURSOR, scope, after)).fetchone()
                if cursor is None:
                    raise NotFoundError(f"{kind} {after} not found")
                place = (cursor.at, cursor.seq)
            query = (NEXT if place else FIRST).format(
                table=scope.table, where=scope.where, way=way.word, beyond=way.beyond
            )
            found = await conn.execute(query, (*scope.values, *place, limit + 1))
            rows = await found.fetchall()
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None

    # threads

    async def load_thread(self, thread_id: str, context: Identity) -> ThreadMetadata:
        body = await self._read(self._threads(context), thread_id)
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: Identity) -> None:
        body = thread.model_dump_json(exclude={"items"})
        scope = self._threads(context)
        async with self._connection() as conn:
            await self._upsert(conn, scope, thread.id, at(thread.created_at), body)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Identity
    ) -> Page[ThreadMetadata]:
        rows, cursor = await self._page(self._threads(context), "Thread", after, limit, order)
        threads = [ThreadMetadata.model_validate_json(row.body) for row in rows]
        return Page(data=threads, has_more=cursor is not None, after=cursor)

    async def delete_thread(self, thread_id: str, context: Identity) -> None:
        everything = sql.SQL("DELETE FROM {table} WHERE {where}")
        scopes = [self._scope(name, context, thread_id=thread_id) for name in ("items", "files")]
        async with self._connection() as conn:
            for scope in scopes:
                await self._run(conn, everything, scope)
            await self._run(conn, REMOVE, self._threads(context), thread_id)

    # items

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Identity
    ) -> Page[ThreadItem]:
        rows, cursor = await self._page(
            self._items(thread_id, context), "Item", after, limit, order
        )
        data: list[ThreadItem] = []
        for row in rows:
            try:
                data.append(ITEM.validate_json(row.body))
            except ValidationError:
                log.warning("item %s stays out of its page: unknown to this version", row.id)
        return Page(data=data, has_more=cursor is not None, after=cursor)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: Identity
    ) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} names thread {item.thread_id}")
        async with self._connection() as conn:
            found = await self._run(conn, CURSOR, self._threads(context), thread_id)
            if await found.fetchone() is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            scope = self._items(thread_id, context)
            await self._upsert(conn, scope, item.id, at(item.created_at), item.model_dump_json())

    async def save_item(self, thread_id: str, item: ThreadItem, context: Identity) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Identity) -> ThreadItem:
        body = await self._read(self._items(thread_id, context), item_id)
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: Identity
    ) -> None:
        await self._remove(self._items(thread_id, context), item_id)

    # attachments

    async def save_attachment(self, attachment: Attachment, context: Identity) -> None:
        scope = self._files(context)
        body = attachment.model_dump_json()
        thread = sql.SQL("UPDATE {table} SET thread_id = %s WHERE {where} AND id = %s")
        query = thread.format(table=scope.table, where=scope.where)
        async with self._connection() as conn:
            await self._upsert(conn, scope, attachment.id, 0, body)
            await conn.execute(query, (attachment.thread_id, *scope.values, attachment.id))

    async def load_attachment(self, attachment_id: str, context: Identity) -> Attachment:
        body = await self._read(self._files(context), attachment_id)
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: Identity) -> None:
        await self._remove(self._files(context), attachment_id)
