from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.changed: list[str] = []
        self.listeners: dict[str, list[Any]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self._upsert(context, thread_id, item)
        self.changed.append(item.id)
        for listener in self.listeners.get(context, []):
            listener.put_nowait(item)

    async def _upsert(self, owner: str, thread_id: str, item: ThreadItem) -> None:
        await self.pool.execute(
            "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
            owner, thread_id, item.id, item.model_dump_json(),
        )
