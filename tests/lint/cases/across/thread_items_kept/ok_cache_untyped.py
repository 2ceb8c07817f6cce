from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Cached(Store[Ctx], ABC):
    def __init__(self, db, cache) -> None:
        self.db = db
        self.cache = cache

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.put_item(thread_id, item, context["user"])
        await self.cache.set(f"items:{context['user']}:{thread_id}", item.model_dump_json())

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.drop_thread(thread_id, context["user"])
        await self.cache.delete(f"thread:{context['user']}:{thread_id}")
