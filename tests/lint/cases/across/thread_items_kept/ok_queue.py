from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Queue(Store[Ctx], ABC):
    def __init__(self, db: Any, queue: Any) -> None:
        self.db = db
        self.queue = queue

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.items.replace_one(
            {"owner": context["user"], "id": item.id}, {"t": thread_id}, upsert=True
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.threads.delete_one({"owner": context["user"], "id": thread_id})
        await self.queue.enqueue("purge", context["user"], thread_id)
