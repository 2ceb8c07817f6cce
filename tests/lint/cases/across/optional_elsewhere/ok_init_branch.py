from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any = None, dsn: str = "") -> None:
        if pool is not None:
            self._pool = pool
        else:
            self._pool = asyncpg.create_pool(dsn)

    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")
