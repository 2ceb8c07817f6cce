"""Knowledge-base assistant: asyncpg, statements built once with PyPika.

All three tables start with (org, person); `Scope.mine` is the only place that knows it.
"""

from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from typing import Any
from uuid import uuid4

import asyncpg
from chatkit.store import AttachmentStore, NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, AttachmentCreateParams, FileAttachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from pypika import Order, Parameter, PostgreSQLQuery, Table
from pypika.terms import Criterion, Tuple

THREADS, ITEMS, FILES = Table("kb_threads"), Table("kb_items"), Table("kb_files")
ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
FILE: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def p(number: int) -> Parameter:
    return Parameter(f"${number}")


@dataclass(frozen=True)
class Scope:
    org: str
    person: str

    @property
    def args(self) -> tuple[str, str]:
        return self.org, self.person

    @staticmethod
    def mine(table: Table) -> Criterion:
        return (table.org == p(1)) & (table.person == p(2))


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex}"


# --- statements -----------------------------------------------------------------------------------------------


@cache
def read(table: Table, *keys: str) -> str:
    """One row of mine by further key columns, bound from $3 on."""
    query = PostgreSQLQuery.from_(table).select(table.star).where(Scope.mine(table))
    for number, key in enumerate(keys, start=3):
        query = query.where(table.field(key) == p(number))
    return query.get_sql()


@cache
def remove(table: Table, *keys: str) -> str:
    query = PostgreSQLQuery.from_(table).delete().where(Scope.mine(table))
    for number, key in enumerate(keys, start=3):
        query = query.where(table.field(key) == p(number))
    return query.get_sql()


@cache
def put(table: Table, keys: tuple[str, ...], fields: tuple[str, ...]) -> str:
    """Upsert whose conflict target begins with org and person, so it can only ever meet a row of mine."""
    columns = ("org", "person", *keys, *fields)
    query = PostgreSQLQuery.into(table).columns(*columns).insert(*map(p, range(1, len(columns) + 1)))
    query = query.on_conflict("org", "person", *keys)
    for field in fields:
        query = query.do_update(field)
    return query.get_sql()


@cache
def page(table: Table, box: str | None, onward: bool, newest_first: bool) -> str:
    number = 3
    query = PostgreSQLQuery.from_(table).select(table.id, table.body).where(Scope.mine(table))
    if box:
        query = query.where(table.field(box) == p(number))
        number += 1
    if onward:
        place, mark = Tuple(table.at, table.seq), Tuple(p(number), p(number + 1))
        query = query.where(place < mark if newest_first else place > mark)
        number += 2
    way = Order.desc if newest_first else Order.asc
    return query.orderby(table.at, table.seq, order=way).limit(p(number)).get_sql()


# --- store ----------------------------------------------------------------------------------------------------


class KnowledgeStore(Store[Scope], AttachmentStore[Scope]):
    """Metadata of threads, items and files; uploads go straight through the API, so files need no second phase."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    def generate_thread_id(self, context: Scope) -> str:
        return new_id("kb")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Scope) -> str:
        return new_id(item_type)

    def generate_attachment_id(self, mime_type: str, context: Scope) -> str:
        return new_id("file")

    async def _find(self, context: Scope, table: Table, noun: str, /, **keys: str) -> asyncpg.Record:
        row = await self._pool.fetchrow(read(table, *keys), *context.args, *keys.values())
        if row is None:
            raise NotFoundError(f"{noun} {keys['id']} not found")
        return row

    async def _page(
        self, context: Scope, table: Table, noun: str, after: str | None, limit: int, order: str, /, **box: str
    ) -> tuple[list[asyncpg.Record], str | None]:
        if order not in (Order.asc.value.lower(), Order.desc.value.lower()) or limit < 1:
            raise ValueError("limit must be positive, order asc or desc")
        args: list[Any] = [*context.args, *box.values()]
        if after is not None:
            last = await self._find(context, table, noun, **box, id=after)
            args += last["at"], last["seq"]
        size = min(limit, 100)
        sql = page(table, next(iter(box), None), after is not None, order == "desc")
        rows = await self._pool.fetch(sql, *args, size + 1)
        shown = rows[:size]
        return shown, shown[-1]["id"] if len(rows) > size else None

    async def load_thread(self, thread_id: str, context: Scope) -> ThreadMetadata:
        row = await self._find(context, THREADS, "Thread", id=thread_id)
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Scope) -> None:
        at: datetime = thread.created_at.astimezone(timezone.utc)
        sql = put(THREADS, ("id",), ("at", "body"))
        await self._pool.execute(sql, *context.args, thread.id, at, thread.model_dump_json(exclude={"items"}))

    async def load_threads(self, limit: int, after: str | None, order: str, context: Scope) -> Page[ThreadMetadata]:
        rows, last = await self._page(context, THREADS, "Thread", after, limit, order)
        data = [ThreadMetadata.model_validate_json(row["body"]) for row in rows]
        return Page(data=data, after=last, has_more=last is not None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Scope
    ) -> Page[ThreadItem]:
        rows, last = await self._page(context, ITEMS, "Item", after, limit, order, thread_id=thread_id)
        return Page(data=[ITEM.validate_json(row["body"]) for row in rows], after=last, has_more=last is not None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Scope) -> None:
        await self._find(context, THREADS, "Thread", id=thread_id)
        at = item.created_at.astimezone(timezone.utc)
        sql = put(ITEMS, ("thread_id", "id"), ("at", "body"))
        await self._pool.execute(sql, *context.args, thread_id, item.id, at, item.model_dump_json())

    async def save_item(self, thread_id: str, item: ThreadItem, context: Scope) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Scope) -> ThreadItem:
        row = await self._find(context, ITEMS, "Item", thread_id=thread_id, id=item_id)
        return ITEM.validate_json(row["body"])

    async def delete_thread(self, thread_id: str, context: Scope) -> None:
        """Children first; a thread that is gone already simply matches no row anywhere."""
        async with self._pool.acquire() as connection, connection.transaction():
            for table, key in ((ITEMS, "thread_id"), (FILES, "thread_id"), (THREADS, "id")):
                await connection.execute(remove(table, key), *context.args, thread_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Scope) -> None:
        await self._pool.execute(remove(ITEMS, "thread_id", "id"), *context.args, thread_id, item_id)

    async def create_attachment(self, input: AttachmentCreateParams, context: Scope) -> Attachment:
        id = self.generate_attachment_id(input.mime_type, context)
        return FileAttachment(id=id, name=input.name, mime_type=input.mime_type, metadata={"size": input.size})

    async def save_attachment(self, attachment: Attachment, context: Scope) -> None:
        sql = put(FILES, ("id",), ("thread_id", "body"))
        body = attachment.model_dump_json()
        await self._pool.execute(sql, *context.args, attachment.id, attachment.thread_id, body)

    async def load_attachment(self, attachment_id: str, context: Scope) -> Attachment:
        row = await self._find(context, FILES, "Attachment", id=attachment_id)
        return FILE.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: Scope) -> None:
        await self._pool.execute(remove(FILES, "id"), *context.args, attachment_id)
