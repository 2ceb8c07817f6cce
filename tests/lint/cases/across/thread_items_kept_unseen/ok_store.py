from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem

from .ok_database import Database


class Kept(Store[str], ABC):
    """The foreign keys are in a file of SQL that another module of the package reads."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.run(
            "INSERT INTO items (owner, thread_id, id, data) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            context,
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.db.run("DELETE FROM threads WHERE owner = ? AND id = ?", context, thread_id)
