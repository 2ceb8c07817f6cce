from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Out(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.execute(
            "INSERT INTO chat_items (owner, thread_id, id, data) VALUES (?, ?, ?, ?) ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            (context["user"], thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.execute(
            "DELETE FROM chat_threads WHERE owner = ? AND id = ?", (context["user"], thread_id)
        )
        await self.db.execute(
            "INSERT INTO outbox (owner, kind, subject) VALUES (?, 'thread.deleted', ?)",
            (context["user"], thread_id),
        )
