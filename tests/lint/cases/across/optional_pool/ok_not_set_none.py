from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, dsn: str, pool: Any = None) -> None:
        self.dsn = dsn
        self._pool = pool
        if self._pool is None:
            self._pool = asyncpg.create_pool(dsn)

    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")
