import asyncio
from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, pool: asyncpg.Pool, cache: Any | None = None, clock: Any = None) -> None:
        self.pool, self.cache = pool, cache
        self.clock = clock if clock is not None else asyncio.get_event_loop().time
        self.items = cache if cache else {}

    async def count(self) -> int:
        if self.cache is not None and (n := await self.cache.get("n")):
            return n
        return await self.pool.fetchval("SELECT count(*) FROM users") + self.clock() + len(self.items.keys())
