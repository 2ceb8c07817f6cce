from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from .documents import append_to

Ctx = dict[str, Any]


class Kept(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await append_to(self.db, "threads", context["user"], thread_id, item)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.execute(
            "DELETE FROM threads WHERE owner = ? AND id = ?", (context["user"], thread_id)
        )
