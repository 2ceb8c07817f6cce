"""Store of the legal research assistant on psycopg 3; statements are composed with `psycopg.sql`."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, LiteralString
from uuid import uuid4

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import TypeAdapter

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENTS: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class Lawyer:
    firm_id: str
    lawyer_id: str

    @property
    def owner(self) -> str:
        if not self.firm_id or not self.lawyer_id:
            raise PermissionError("request without a lawyer")
        return f"{len(self.firm_id)}:{self.firm_id}{self.lawyer_id}"


@dataclass(frozen=True)
class Table:
    name: str
    noun: str

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier("research", self.name)


THREADS = Table("threads", "Thread")
THREAD_ITEMS = Table("items", "Item")
FILES = Table("attachments", "Attachment")


def as_instant(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)


def where_equal(criteria: dict[str, str]) -> sql.Composed:
    terms = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in criteria]
    return sql.SQL(" AND ").join(terms)


class ResearchStore(Store[Lawyer]):
    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> None:
        self._pool = pool

    def generate_thread_id(self, context: Lawyer) -> str:
        return f"res_{uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Lawyer) -> str:
        return f"{item_type}_{uuid4().hex}"

    async def _rows(self, statement: sql.Composed, params: dict[str, Any]) -> list[DictRow]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(statement, params)
            return await cursor.fetchall()

    async def _get(self, table: Table, identifier: str, criteria: dict[str, str]) -> DictRow:
        keys = {**criteria, "id": identifier}
        query = sql.SQL("SELECT * FROM {} WHERE {}").format(table.identifier, where_equal(keys))
        rows = await self._rows(query, keys)
        if not rows:
            raise NotFoundError(f"{table.noun} {identifier} not found")
        return rows[0]

    async def _delete(self, table: Table, criteria: dict[str, str]) -> int:
        statement = sql.SQL("DELETE FROM {} WHERE {} RETURNING id").format(table.identifier, where_equal(criteria))
        return len(await self._rows(statement, dict(criteria)))

    async def _page(
        self, table: Table, criteria: dict[str, str], after: str | None, limit: int, order: str
    ) -> tuple[list[DictRow], bool]:
        size = max(1, min(limit, 200))
        params: dict[str, Any] = {**criteria, "size": size + 1}
        condition: sql.Composed = where_equal(criteria)
        if after is not None:
            params["mark"] = (await self._get(table, after, criteria))["created_at"]
            beyond: LiteralString = ">" if order == "asc" else "<"
            condition += sql.SQL(" AND created_at {} %(mark)s").format(sql.SQL(beyond))  # CKF210
        query = sql.SQL("SELECT * FROM {} WHERE {} ORDER BY created_at {}, seq {} LIMIT %(size)s").format(
            table.identifier, condition, sql.SQL(order), sql.SQL(order)  # CKF217
        )
        rows = await self._rows(query, params)
        return rows[:size], len(rows) > size

    async def load_thread(self, thread_id: str, context: Lawyer) -> ThreadMetadata:
        row = await self._get(THREADS, thread_id, {"owner_id": context.owner})
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Lawyer) -> None:
        statement = sql.SQL(
            "INSERT INTO {table} AS stored (id, owner_id, created_at, body)"
            " VALUES (%(id)s, %(owner_id)s, %(created_at)s, %(body)s)"
            " ON CONFLICT (id) DO UPDATE SET created_at = EXCLUDED.created_at, body = EXCLUDED.body"
            " WHERE stored.owner_id = EXCLUDED.owner_id RETURNING id"
        ).format(table=THREADS.identifier)
        params = {
            "id": thread.id,
            "owner_id": context.owner,
            "created_at": as_instant(thread.created_at),
            "body": thread.model_dump_json(exclude={"items"}),
        }
        if not await self._rows(statement, params):
            raise NotFoundError(f"Thread {thread.id} not found")

    async def load_threads(self, limit: int, after: str | None, order: str, context: Lawyer) -> Page[ThreadMetadata]:
        rows, more = await self._page(THREADS, {"owner_id": context.owner}, after, limit, order)
        data = [ThreadMetadata.model_validate_json(row["body"]) for row in rows]
        return Page[ThreadMetadata](data=data, has_more=more, after=rows[-1]["id"] if more else None)

    async def delete_thread(self, thread_id: str, context: Lawyer) -> None:
        await self._delete(THREAD_ITEMS, {"owner_id": context.owner, "thread_id": thread_id})
        await self._delete(FILES, {"owner_id": context.owner, "thread_id": thread_id})
        await self._delete(THREADS, {"owner_id": context.owner, "id": thread_id})

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Lawyer
    ) -> Page[ThreadItem]:
        criteria = {"owner_id": context.owner, "thread_id": thread_id}
        rows, more = await self._page(THREAD_ITEMS, criteria, after, limit, order)
        data = [ITEMS.validate_json(row["body"]) for row in rows]
        return Page[ThreadItem](data=data, has_more=more, after=rows[-1]["id"] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Lawyer) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Lawyer) -> None:
        await self._get(THREADS, thread_id, {"owner_id": context.owner})
        statement = sql.SQL(
            "INSERT INTO {table} (owner_id, thread_id, id, created_at, body)"
            " VALUES (%(owner_id)s, %(thread_id)s, %(id)s, %(created_at)s, %(body)s)"
            " ON CONFLICT (owner_id, thread_id, id) DO UPDATE"
            " SET created_at = EXCLUDED.created_at, body = EXCLUDED.body RETURNING id"
        ).format(table=THREAD_ITEMS.identifier)
        params = {
            "owner_id": context.owner,
            "thread_id": thread_id,
            "id": item.id,
            "created_at": as_instant(item.created_at),
            "body": ITEMS.dump_json(item).decode(),
        }
        await self._rows(statement, params)

    async def load_item(self, thread_id: str, item_id: str, context: Lawyer) -> ThreadItem:
        row = await self._get(THREAD_ITEMS, item_id, {"owner_id": context.owner, "thread_id": thread_id})
        return ITEMS.validate_json(row["body"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Lawyer) -> None:
        removed = await self._delete(
            THREAD_ITEMS, {"owner_id": context.owner, "thread_id": thread_id, "id": item_id}
        )
        if removed == 0:
            raise NotFoundError(f"Item {item_id} not found")  # CKF219

    async def save_attachment(self, attachment: Attachment, context: Lawyer) -> None:
        statement = sql.SQL(
            "INSERT INTO {table} (id, owner_id, thread_id, body)"
            " VALUES (%(id)s, %(owner_id)s, %(thread_id)s, %(body)s)"
            " ON CONFLICT (id) DO UPDATE SET thread_id = EXCLUDED.thread_id, body = EXCLUDED.body RETURNING id"  # CKF202
        ).format(table=FILES.identifier)
        params = {
            "id": attachment.id,
            "owner_id": context.owner,
            "thread_id": attachment.thread_id,
            "body": ATTACHMENTS.dump_json(attachment).decode(),
        }
        await self._rows(statement, params)

    async def load_attachment(self, attachment_id: str, context: Lawyer) -> Attachment:
        row = await self._get(FILES, attachment_id, {"owner_id": context.owner})
        return ATTACHMENTS.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: Lawyer) -> None:
        await self._delete(FILES, {"owner_id": context.owner, "id": attachment_id})
