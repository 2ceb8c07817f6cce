from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Cached(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db
        self.cache: dict[tuple[str, ...], Any] = {}
        self.item_cache: dict[str, ThreadItem] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.insert("items", context["user"], thread_id, item)
        self.item_cache[item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.purge("everything", context["user"], thread_id)
        self.cache.pop((context["user"], thread_id), None)
