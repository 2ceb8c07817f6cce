from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.pool.execute(
            "REPLACE INTO items (owner, thread_id, id, data) VALUES (?, ?, ?, ?)", (context, thread_id, item.id, item.model_dump_json())
        )
