from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, pool: asyncpg.Pool, on_save: Any = None, schema: str | None = None) -> None:
        self.pool, self.on_save, self.schema = pool, on_save, schema

    async def saved(self) -> None:
        if self.on_save:
            self.on_save()
        if self.schema is not None and self.schema.isidentifier():
            await self.pool.execute("SELECT 1")
        callback = self.on_save
        if callback is not None:
            callback()
