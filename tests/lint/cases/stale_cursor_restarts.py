from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata

from .base import pages


class Restarts(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(  # CKF214
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        values: list[Any] = [context]
        where = "owner = ?"
        if after:
            cursor = await self.db.fetchrow("SELECT at, seq FROM threads WHERE id = ?", after)
            if cursor:
                where += " AND (at, seq) > (?, ?)"
                values += [cursor["at"], cursor["seq"]]
        found = await self.db.fetch("SELECT data FROM threads WHERE owner = ? LIMIT ?", values, limit)
        return Page(data=found if order == "asc" else found[::-1])


class Refuses(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        cursor = await self._cursor(context, after) if after else None
        found = await self.db.fetch("SELECT data FROM threads WHERE owner = ?", context, cursor, limit)
        return Page(data=found if order == "asc" else found[::-1])

    async def _cursor(self, owner: str, after: str) -> Any:
        row = await self.db.fetchrow("SELECT at FROM threads WHERE owner = ? AND id = ?", owner, after)
        if row is None:
            raise NotFoundError(f"Thread {after} not found")
        return row

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        if after is not None:
            await self.load_item(thread_id, after, context)
        found = await self.db.fetch("SELECT data FROM items WHERE owner = ?", context, limit)
        return Page(data=found if order == "asc" else found[::-1])


class Elsewhere(Store[str], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return await self.inherited_page(context, limit, after, order)


class Handed(Store[str], ABC):
    def __init__(self, repository: Any) -> None:
        self.repository = repository

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return await self.repository.page(context, limit, after, order)


KEPT = pages
