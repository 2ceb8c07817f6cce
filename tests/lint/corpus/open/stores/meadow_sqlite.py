"""One SQLite file. The standard library's driver blocks, so one worker thread has it."""

import asyncio
import logging
import sqlite3
import uuid
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, Callable, Generic, ParamSpec, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")

_THREAD_ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_TABLES = """
CREATE TABLE IF NOT EXISTS thread (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL,
    UNIQUE (tenant, id)
);
CREATE TABLE IF NOT EXISTS item (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL, thread TEXT NOT NULL, id TEXT NOT NULL,
    at INTEGER NOT NULL, json TEXT NOT NULL,
    UNIQUE (tenant, thread, id),
    FOREIGN KEY (tenant, thread) REFERENCES thread (tenant, id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS attachment (
    tenant TEXT NOT NULL, id TEXT NOT NULL, thread TEXT, json TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, thread) REFERENCES thread (tenant, id) ON DELETE CASCADE
);
"""

_THREADS_SQL = "SELECT id, json FROM thread WHERE tenant = :tenant"
_ITEMS_SQL = "SELECT id, json FROM item WHERE tenant = :tenant AND thread = :thread"
_UPWARD = " AND (at, seq) > (:at, :seq)"
_DOWNWARD = " AND (at, seq) < (:at, :seq)"
_FORWARD = " ORDER BY at, seq LIMIT :rows"
_BACKWARD = " ORDER BY at DESC, seq DESC LIMIT :rows"


def _tick(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - _EPOCH) // timedelta(microseconds=1)


class SqliteBase(Store[_C], Generic[_C]):
    """A store in one file; a subclass says whose rows a request may touch."""

    max_page = 200

    def __init__(self, path: Path) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_TABLES)

    @abstractmethod
    def tenant(self, context: _C) -> str:
        """The tenant of this request, or PermissionError."""

    async def _off_loop(
        self, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs
    ) -> _R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, partial(function, *args, **kwargs))

    def generate_thread_id(self, context: _C) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: _C
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    # Synchronous, on the worker

    def _one(self, sql: str, **values: Any) -> sqlite3.Row | None:
        return self._db.execute(sql, values).fetchone()

    def _write(self, sql: str, **values: Any) -> None:
        with self._db:
            self._db.execute(sql, values)

    def _page(
        self,
        select: str,
        mark: sqlite3.Row | None,
        limit: int,
        order: str,
        **scope: str,
    ) -> tuple[list[sqlite3.Row], bool]:
        values: dict[str, Any] = {**scope, "rows": limit + 1}
        sql = select
        if mark is not None:
            sql += _UPWARD if order == "asc" else _DOWNWARD
            values |= {"at": mark["at"], "seq": mark["seq"]}
        sql += _FORWARD if order == "asc" else _BACKWARD
        rows = self._db.execute(sql, values).fetchall()
        return rows[:limit], len(rows) > limit

    def _limits(self, limit: int, order: str) -> int:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError(f"cannot page with limit={limit} and order={order!r}")
        return min(limit, self.max_page)

    # Threads

    async def load_thread(self, thread_id: str, context: _C) -> ThreadMetadata:
        row = await self._off_loop(
            self._one,
            "SELECT json FROM thread WHERE tenant = :tenant AND id = :id",
            tenant=self.tenant(context),
            id=thread_id,
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["json"])

    async def save_thread(self, thread: ThreadMetadata, context: _C) -> None:
        await self._off_loop(
            self._write,
            "INSERT INTO thread (tenant, id, at, json) VALUES (:tenant, :id, :at, :json) "
            "ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, json = excluded.json",
            tenant=self.tenant(context),
            id=thread.id,
            at=_tick(thread.created_at),
            json=thread.model_dump_json(exclude={"items"}),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: _C
    ) -> Page[ThreadMetadata]:
        size, tenant = self._limits(limit, order), self.tenant(context)

        def read() -> tuple[list[sqlite3.Row], bool]:
            mark = None
            if after is not None:
                mark = self._one(
                    "SELECT at, seq FROM thread WHERE tenant = :tenant AND id = :id",
                    tenant=tenant,
                    id=after,
                )
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
            return self._page(_THREADS_SQL, mark, size, order, tenant=tenant)

        rows, more = await self._off_loop(read)
        return Page(
            data=[ThreadMetadata.model_validate_json(row["json"]) for row in rows],
            has_more=more,
            after=rows[-1]["id"] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: _C) -> None:
        # Items and attachments go with it: their foreign keys cascade.
        await self._off_loop(
            self._write,
            "DELETE FROM thread WHERE tenant = :tenant AND id = :id",
            tenant=self.tenant(context),
            id=thread_id,
        )

    # Items

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: _C
    ) -> Page[ThreadItem]:
        size, tenant = self._limits(limit, order), self.tenant(context)

        def read() -> tuple[list[sqlite3.Row], bool]:
            mark = None
            if after is not None:
                mark = self._one(
                    "SELECT at, seq FROM item "
                    "WHERE tenant = :tenant AND thread = :thread AND id = :id",
                    tenant=tenant,
                    thread=thread_id,
                    id=after,
                )
                if mark is None:
                    raise NotFoundError(f"Item {after} not found")
            return self._page(_ITEMS_SQL, mark, size, order, tenant=tenant, thread=thread_id)

        rows, more = await self._off_loop(read)
        data: list[ThreadItem] = []
        for row in rows:
            try:
                data.append(_THREAD_ITEM.validate_json(row["json"]))
            except ValidationError:
                _log.warning("item %s is of a type this release cannot read", row["id"])
        return Page(data=data, has_more=more, after=rows[-1]["id"] if more else None)

    def _put_item(self, tenant: str, thread_id: str, item: ThreadItem) -> None:
        known = self._one(
            "SELECT 1 FROM thread WHERE tenant = :tenant AND id = :id", tenant=tenant, id=thread_id
        )
        if known is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        self._write(
            "INSERT INTO item (tenant, thread, id, at, json) "
            "VALUES (:tenant, :thread, :id, :at, :json) "
            "ON CONFLICT (tenant, thread, id) DO UPDATE SET at = excluded.at, json = excluded.json",
            tenant=tenant,
            thread=thread_id,
            id=item.id,
            at=_tick(item.created_at),
            json=_THREAD_ITEM.dump_json(item).decode(),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: _C) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} is not of thread {thread_id}")
        await self._off_loop(self._put_item, self.tenant(context), thread_id, item)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: _C) -> None:
        await self.save_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: _C) -> ThreadItem:
        row = await self._off_loop(
            self._one,
            "SELECT json FROM item WHERE tenant = :tenant AND thread = :thread AND id = :id",
            tenant=self.tenant(context),
            thread=thread_id,
            id=item_id,
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return _THREAD_ITEM.validate_json(row["json"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: _C) -> None:
        await self._off_loop(
            self._write,
            "DELETE FROM item WHERE tenant = :tenant AND thread = :thread AND id = :id",
            tenant=self.tenant(context),
            thread=thread_id,
            id=item_id,
        )


class FilesMixin(SqliteBase[_C], Generic[_C]):
    async def save_attachment(self, attachment: Attachment, context: _C) -> None:
        await self._off_loop(
            self._write,
            "INSERT INTO attachment (tenant, id, thread, json) "
            "VALUES (:tenant, :id, :thread, :json) ON CONFLICT (tenant, id) "
            "DO UPDATE SET thread = excluded.thread, json = excluded.json",
            tenant=self.tenant(context),
            id=attachment.id,
            thread=attachment.thread_id,
            json=_ATTACHMENT.dump_json(attachment).decode(),
        )

    async def load_attachment(self, attachment_id: str, context: _C) -> Attachment:
        row = await self._off_loop(
            self._one,
            "SELECT json FROM attachment WHERE tenant = :tenant AND id = :id",
            tenant=self.tenant(context),
            id=attachment_id,
        )
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _ATTACHMENT.validate_json(row["json"])

    async def delete_attachment(self, attachment_id: str, context: _C) -> None:
        await self._off_loop(
            self._write,
            "DELETE FROM attachment WHERE tenant = :tenant AND id = :id",
            tenant=self.tenant(context),
            id=attachment_id,
        )


class MeadowStore(FilesMixin[dict[str, Any]]):
    def tenant(self, context: dict[str, Any]) -> str:
        user = context.get("user_id")
        if not isinstance(user, str) or not user:
            raise PermissionError("no user on this request")
        return user
