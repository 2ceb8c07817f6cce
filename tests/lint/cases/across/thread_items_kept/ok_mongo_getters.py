from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
import asyncio

Ctx = dict[str, Any]


class Docs(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db
        self._entries = db["entries"]

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self._entries.replace_one(
            {"_id": f"{context['user']}/{item.id}"}, {"thread": thread_id}, upsert=True
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        names = ["threads", "entries"]
        work = [
            self.db[name].delete_many({"thread": thread_id, "owner": context["user"]})
            for name in names
        ]
        await asyncio.gather(*work)
