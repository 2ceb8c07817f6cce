from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from sqlalchemy import or_, select

from .rows import ItemRow


class Sql(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Any:
        row = await self._cursor(after)
        direction = ("DESC", "<") if order == "desc" else ("ASC", ">")
        return await self.db.fetch(  # CKF210
            f"SELECT data FROM threads WHERE owner = ? AND created_at {direction[1]} ?"
            f" ORDER BY created_at {direction[0]} LIMIT ?",
            (context, row, limit),
        )

    async def _cursor(self, after: str | None) -> Any:
        raise NotFoundError(f"Thread {after} not found")


class Orm(Store[str], ABC):
    def __init__(self, session: Any) -> None:
        self.session = session

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Any:
        cursor = await self.session.get(ItemRow, (context, after))
        if cursor is None:
            raise NotFoundError(f"Item {after} not found")
        query = select(ItemRow).where(ItemRow.owner == context, ItemRow.thread_id == thread_id)
        query = query.where(ItemRow.created_at > cursor.created_at)  # CKF210
        query = query.order_by(ItemRow.created_at.asc()).limit(limit)
        return await self.session.scalars(query if order == "asc" else query)


class Ties(Store[str], ABC):
    def __init__(self, session: Any) -> None:
        self.session = session

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Any:
        cursor = await self.session.get(ItemRow, (context, after))
        if cursor is None:
            raise NotFoundError(f"Item {after} not found")
        query = select(ItemRow).where(
            ItemRow.owner == context,
            or_(ItemRow.created_at > cursor.created_at, ItemRow.seq > cursor.seq),
        )
        query = query.order_by(ItemRow.created_at.asc(), ItemRow.seq.asc()).limit(limit)
        return await self.session.scalars(query if order == "asc" else query)


class Sorted(Store[dict[str, Any]], ABC):
    def __init__(self, table: Any, items: Any) -> None:
        self.table, self.items = table, items

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Any:
        found = sorted(self.items[context["user"]], key=lambda t: t.created_at, reverse=order == "desc")
        if after:
            last = next((t for t in found if t.id == after), None)
            if last is None:
                raise NotFoundError(f"Thread {after} not found")
            found = [t for t in found if t.created_at > last.created_at]  # CKF210
        return found[:limit]

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]
    ) -> Any:
        query = select(self.table).where(self.table.c.owner == context["user"])
        if after:
            last = await self.row(thread_id, after)
            query = query.where(self.table.c.created_at > last.created_at)  # CKF210
        column = self.table.c.created_at
        return query.order_by(column.asc() if order == "asc" else column.desc()).limit(limit)

    async def row(self, thread_id: str, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found in {thread_id}")


class SortedWell(Store[dict[str, Any]], ABC):
    def __init__(self, items: Any) -> None:
        self.items = items

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Any:
        found = sorted(self.items[context["user"]], key=lambda t: (t.created_at, t.id))
        if after:
            last = next((t for t in found if t.id == after), None)
            if last is None:
                raise NotFoundError(f"Thread {after} not found")
            at = (last.created_at, last.id)
            found = [t for t in found if (t.created_at, t.id) > at]
        return found[:limit] if order == "asc" else found[::-1][:limit]
