from abc import ABC
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    @asynccontextmanager
    async def _conn(self) -> AsyncIterator[Any]:
        if self._pool is None:
            raise RuntimeError("connect() first")
        async with self._pool.acquire() as conn:
            yield conn

    async def count(self) -> int:
        async with self._conn() as conn:
            return await conn.fetchval("SELECT count(*) FROM users")
