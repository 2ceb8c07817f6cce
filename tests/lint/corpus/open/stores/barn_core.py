"""Orchard ledger chat: SQLAlchemy Core with hand-written SQL (SQLite in the field, PostgreSQL at the head office)."""
from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Iterator, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Row, text

logger = logging.getLogger("orchard.chat")
R = TypeVar("R")

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
FILES: TypeAdapter[Attachment] = TypeAdapter(Attachment)

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS ledger_thread (
        id VARCHAR(255) PRIMARY KEY, farm VARCHAR(255) NOT NULL, at BIGINT NOT NULL, doc TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS ledger_item (
        thread_id VARCHAR(255) NOT NULL, id VARCHAR(255) NOT NULL, at BIGINT NOT NULL, doc TEXT NOT NULL,
        PRIMARY KEY (thread_id, id))""",
    """CREATE TABLE IF NOT EXISTS ledger_file (
        farm VARCHAR(255) NOT NULL, id VARCHAR(255) NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (farm, id))""",
)
# order -> (comparison, direction); anything else a client sends is refused
WAYS = {"asc": (">", "ASC"), "desc": ("<", "DESC")}
ITEM_OF_FARM = (
    "SELECT i.id, i.at, i.doc FROM ledger_item i JOIN ledger_thread t ON t.id = i.thread_id "
    "WHERE t.farm = :farm AND t.id = :thread_id"
)


@dataclass(frozen=True)
class Farm:
    name: str


def micros(value: datetime) -> int:
    return round(value.timestamp() * 1_000_000)


def way(order: str, limit: int) -> tuple[str, str, int]:
    if order not in WAYS or limit < 1:
        raise ValueError(f"bad page request: order={order!r}, limit={limit}")
    return *WAYS[order], min(limit, 200)


class LedgerStore(Store[Farm]):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            for statement in SCHEMA:
                connection.execute(text(statement))

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    async def _run(self, sql: str, **params: Any) -> list[Row[Any]]:
        def work() -> list[Row[Any]]:
            with self._begin() as connection:
                result = connection.execute(text(sql), params)
                return list(result) if result.returns_rows else []

        return await asyncio.to_thread(work)

    async def _transact(self, work: Callable[[Connection], R]) -> R:
        def call() -> R:
            with self._begin() as connection:
                return work(connection)

        return await asyncio.to_thread(call)

    def generate_thread_id(self, context: Farm) -> str:
        return f"ledger_{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Farm) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: Farm) -> ThreadMetadata:
        rows = await self._run(
            "SELECT doc FROM ledger_thread WHERE id = :id AND farm = :farm", id=thread_id, farm=context.name
        )
        if not rows:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(rows[0].doc)

    async def save_thread(self, thread: ThreadMetadata, context: Farm) -> None:
        await self._run(
            "INSERT INTO ledger_thread (id, farm, at, doc) VALUES (:id, :farm, :at, :doc) "
            "ON CONFLICT (id) DO UPDATE SET at = excluded.at, doc = excluded.doc",  # CKF202
            id=thread.id,
            farm=context.name,
            at=micros(thread.created_at),
            doc=thread.model_dump_json(exclude={"items"}),
        )

    async def load_threads(self, limit: int, after: str | None, order: str, context: Farm) -> Page[ThreadMetadata]:
        compare, direction, size = way(order, limit)
        condition, params = "", {"farm": context.name, "rows": size + 1}
        if after is not None:
            mark = await self._run(
                "SELECT id, at FROM ledger_thread WHERE id = :id AND farm = :farm", id=after, farm=context.name
            )
            if not mark:
                raise NotFoundError(f"Thread {after} not found")
            condition = f" AND (at, id) {compare} (:at, :id)"
            params |= {"at": mark[0].at, "id": mark[0].id}
        rows = await self._run(
            f"SELECT id, doc FROM ledger_thread WHERE farm = :farm{condition} "
            f"ORDER BY at {direction}, id {direction} LIMIT :rows",
            **params,
        )
        threads = [ThreadMetadata.model_validate_json(row.doc) for row in rows[:size]]
        return Page(data=threads, has_more=len(rows) > size)  # CKF213

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Farm
    ) -> Page[ThreadItem]:
        compare, direction, size = way(order, limit)
        params: dict[str, Any] = {"farm": context.name, "thread_id": thread_id}
        sql = ITEM_OF_FARM
        if after is not None:
            mark = await self._run(f"{ITEM_OF_FARM} AND i.id = :after", **params, after=after)
            if not mark:
                raise NotFoundError(f"Item {after} not found")
            sql += f" AND i.at {compare} :at"  # CKF210
            params["at"] = mark[0].at
        rows = await self._run(f"{sql} ORDER BY i.at {direction}, i.id {direction} LIMIT :rows", **params, rows=size + 1)
        more = len(rows) > size
        return Page(
            data=[ITEMS.validate_json(row.doc) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].id if more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Farm) -> None:
        await self._put(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Farm) -> None:
        # an edited entry counts as of the moment it was edited
        item = item.model_copy(update={"created_at": datetime.now()})  # CKF209
        await self._put(thread_id, item, context)

    async def _put(self, thread_id: str, item: ThreadItem, farm: Farm) -> None:
        values = {"id": item.id, "at": micros(item.created_at), "doc": ITEMS.dump_json(item).decode()}

        def work(connection: Connection) -> None:
            owned = connection.execute(
                text("SELECT id FROM ledger_thread WHERE id = :thread_id AND farm = :farm"),
                {"thread_id": thread_id, "farm": farm.name},
            ).scalar_one_or_none()
            if owned is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            connection.execute(
                text(
                    "INSERT INTO ledger_item (thread_id, id, at, doc) VALUES (:thread_id, :id, :at, :doc) "
                    "ON CONFLICT (thread_id, id) DO UPDATE SET at = excluded.at, doc = excluded.doc"
                ),
                {"thread_id": owned, **values},
            )

        await self._transact(work)

    async def load_item(self, thread_id: str, item_id: str, context: Farm) -> ThreadItem:
        rows = await self._run(
            f"{ITEM_OF_FARM} AND i.id = :item_id", farm=context.name, thread_id=thread_id, item_id=item_id
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(rows[0].doc)

    async def delete_thread(self, thread_id: str, context: Farm) -> None:
        mine = "SELECT id FROM ledger_thread WHERE id = :thread_id AND farm = :farm"
        keys = {"thread_id": thread_id, "farm": context.name}

        def work(connection: Connection) -> None:
            connection.execute(text(f"DELETE FROM ledger_item WHERE thread_id IN ({mine})"), keys)
            gone = connection.execute(text(f"DELETE FROM ledger_thread WHERE id IN ({mine})"), keys)
            logger.info("deleted %s thread(s)", gone.rowcount)

        await self._transact(work)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Farm) -> None:
        await self._run(
            "DELETE FROM ledger_item WHERE id = :id AND thread_id IN "
            "(SELECT t.id FROM ledger_thread t WHERE t.id = :thread_id AND t.farm = :farm)",
            id=item_id,
            thread_id=thread_id,
            farm=context.name,
        )

    async def save_attachment(self, attachment: Attachment, context: Farm) -> None:
        await self._run(
            "INSERT INTO ledger_file (farm, id, doc) VALUES (:farm, :id, :doc) "
            "ON CONFLICT (farm, id) DO UPDATE SET doc = excluded.doc",
            farm=context.name,
            id=attachment.id,
            doc=FILES.dump_json(attachment).decode(),
        )

    async def load_attachment(self, attachment_id: str, context: Farm) -> Attachment:
        query = text("SELECT doc FROM ledger_file WHERE farm = :farm AND id = :id")
        with self._engine.connect() as connection:  # CKF215
            doc = connection.execute(query, {"farm": context.name, "id": attachment_id}).scalar_one_or_none()
        if doc is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return FILES.validate_json(doc)

    async def delete_attachment(self, attachment_id: str, context: Farm) -> None:
        await self._run(
            "DELETE FROM ledger_file WHERE farm = :farm AND id = :id", farm=context.name, id=attachment_id
        )
