from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store


class ById(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Any:
        if after == "":
            raise NotFoundError(f"Thread {after} not found")
        sql = "SELECT data FROM threads WHERE owner = ?"
        if after:
            sql += " AND id < ?"
        sql += " ORDER BY created_at DESC LIMIT ?"
        return await self.db.fetch(sql, (context, after, limit, order))  # CKF211


class InIdOrder(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Any:
        if after == "":
            raise NotFoundError(f"Thread {after} not found")
        return await self.db.fetch(
            "SELECT data FROM threads WHERE owner = ? AND id > ? ORDER BY id LIMIT ?",
            (context, after, limit, order),
        )


class SortedById(Store[dict[str, Any]], ABC):
    def __init__(self, items: Any) -> None:
        self.items = items

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Any:
        found = sorted(self.items[context["user"]], key=lambda t: t.created_at)
        if after:
            if after not in {t.id for t in found}:
                raise NotFoundError(f"Thread {after} not found")
            found = [t for t in found if t.id > after]  # CKF211
        return found[:limit] if order == "asc" else found[::-1][:limit]
