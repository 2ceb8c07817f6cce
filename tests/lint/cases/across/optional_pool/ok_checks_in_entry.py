from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def _run(self, sql: str) -> Any:
        if not self._pool:
            await self.connect()
        return await self._pool.fetchval(sql)

    async def connect(self) -> None:
        self._pool = await asyncpg.create_pool("x")
