from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._pool: asyncpg.Pool | None = None

    async def connect(self) -> None:
        self._pool = await asyncpg.create_pool(self.dsn)

    @property
    def pool(self) -> Any:
        return self._pool

    async def count(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM users")  # CKF111
