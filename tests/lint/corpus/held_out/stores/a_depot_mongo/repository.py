from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from .paging import Position, sorting

Document = dict[str, Any]


class Shelf:
    """One collection as one member of staff sees it: `_own` goes into every filter and every upsert."""

    def __init__(self, collection: AsyncCollection[Document], badge: str, label: str) -> None:
        self._collection = collection
        self._badge = badge
        self._label = label

    def _own(self, key: Document) -> Document:
        return {**key, "badge": self._badge}

    def _missing(self, name: str) -> NotFoundError:
        return NotFoundError(f"{self._label} {name} not found")

    async def body(self, key: Document) -> str:
        found = await self._collection.find_one(self._own(key), {"body": 1})
        if found is None:
            raise self._missing(key["id"])
        return found["body"]

    async def put(self, key: Document, body: str, **columns: Any) -> None:
        await self._collection.update_one(self._own(key), {"$set": {"body": body, **columns}}, upsert=True)

    async def drop(self, key: Document) -> None:
        await self._collection.delete_many(self._own(key))

    async def page(self, scope: Document, after: str | None, limit: int, order: str) -> tuple[list[Document], bool]:
        wanted = self._own(scope)
        if after is not None:
            last = await self._collection.find_one(self._own({**scope, "id": after}), {"instant": 1})
            if last is None:
                raise self._missing(after)
            wanted |= Position.of(last).beyond(order)
        cursor = self._collection.find(wanted).sort(sorting(order)).limit(limit + 1)
        documents = await cursor.to_list(limit + 1)
        return documents[:limit], len(documents) > limit


class Depot:
    """The three shelves, bound to a badge. There is no way to get a shelf without one."""

    def __init__(self, database: AsyncDatabase[Document], badge: str) -> None:
        if not badge:
            raise PermissionError("badge required")
        self.threads = Shelf(database["chat_threads"], badge, "Thread")
        self.items = Shelf(database["chat_items"], badge, "Item")
        self.files = Shelf(database["chat_files"], badge, "Attachment")


async def ensure_indexes(database: AsyncDatabase[Document]) -> None:
    await database["chat_threads"].create_index([("badge", 1), ("id", 1)], unique=True)
    await database["chat_items"].create_index([("badge", 1), ("thread_id", 1), ("id", 1)], unique=True)
    await database["chat_files"].create_index([("badge", 1), ("id", 1)], unique=True)


def instant(moment: datetime) -> int:
    # BSON dates stop at milliseconds, so the sort key is an integer and the date itself stays in the body
    return round(moment.timestamp() * 1_000_000)
