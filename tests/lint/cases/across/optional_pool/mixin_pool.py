from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class PoolMixin:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._pool: asyncpg.Pool | None = None

    async def connect(self) -> None:
        self._pool = await asyncpg.create_pool(self.dsn)

    async def run(self, sql: str) -> Any:
        return await self._pool.fetchval(sql)  # CKF111


class Threads(PoolMixin, Store[dict[str, Any]], ABC):
    async def count(self) -> int:
        return await self.run("SELECT count(*) FROM users")
