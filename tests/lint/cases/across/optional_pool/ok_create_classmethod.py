from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    _pool: asyncpg.Pool

    @classmethod
    async def create(cls, dsn: str) -> "Threads":
        self = cls.__new__(cls)
        self._pool = await asyncpg.create_pool(dsn)
        return self

    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")
