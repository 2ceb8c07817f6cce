from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem

Ctx = dict[str, Any]


class Forgets(Store[Ctx], ABC):
    """All that is done with the id can be read: nothing takes the items."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = {"owner": context["user"], "thread": thread_id, "id": item.id}
        await self.db.items.replace_one(key, {**key, "data": item.model_dump()}, upsert=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.threads.delete_one({"owner": context["user"], "id": thread_id})  # CKF218
