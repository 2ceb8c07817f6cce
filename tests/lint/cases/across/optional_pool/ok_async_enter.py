from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")
