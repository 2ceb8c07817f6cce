from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Kept(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def setup(self) -> None:
        await self.db.execute(
            f"CREATE TABLE items (owner TEXT, id TEXT, thread_id TEXT REFERENCES threads {GONE})"
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.execute(
            "INSERT INTO items (owner, thread_id, id, data) VALUES (?, ?, ?, ?) ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            (context["user"], thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.execute(
            "DELETE FROM threads WHERE owner = ? AND id = ?", (context["user"], thread_id)
        )


ACTION = "CASCADE"
GONE = "ON DELETE " + ACTION
