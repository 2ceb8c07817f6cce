from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def count(self) -> int:
        pool = self._pool
        if pool is None:
            raise RuntimeError("closed")
        return await pool.fetchval("SELECT count(*) FROM users")

    async def ping(self) -> None:
        pool = self._pool
        assert pool
        await pool.execute("SELECT 1")

    async def maybe(self) -> None:
        pool = self._pool or await asyncpg.create_pool("x")
        await pool.execute("SELECT 1")

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            await pool.close()
