from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        key = {"owner": context, "thread_id": thread_id, "id": item.id}
        await self.db.items.update_one(key, {"$set": {"data": item.model_dump_json()}, "$setOnInsert": {"seq": 1}}, upsert=True)
