from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem, ThreadMetadata


class Updates(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.execute(  # CKF204
            "UPDATE threads SET data = ? WHERE owner = ? AND id = ?",
            (thread.model_dump_json(), context, thread.id),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.items.update_one(  # CKF204
            {"owner": context, "id": item.id}, {"$set": {"data": item.model_dump()}}
        )


class Both(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        changed = await self.db.execute(
            "UPDATE threads SET data = ? WHERE owner = ? AND id = ?",
            (thread.model_dump_json(), context, thread.id),
        )
        if not changed:
            await self.db.execute(
                "INSERT INTO threads (owner, id, data) VALUES (?, ?, ?)",
                (context, thread.id, thread.model_dump_json()),
            )

    async def save_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.items.update_one(
            {"owner": context, "id": item.id}, {"$set": {"data": item.model_dump()}}, upsert=True
        )
