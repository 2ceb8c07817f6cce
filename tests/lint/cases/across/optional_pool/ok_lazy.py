import asyncio
from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None
        self._lock = asyncio.Lock()

    async def _ready(self) -> asyncpg.Pool:
        async with self._lock:
            if self._pool is None:
                self._pool = await asyncpg.create_pool("x")
        return self._pool

    async def count(self) -> int:
        pool = await self._ready()
        return await pool.fetchval("SELECT count(*) FROM users")

    async def other(self) -> int:
        await self._ready()
        return await self._pool.fetchval("SELECT count(*) FROM users")
