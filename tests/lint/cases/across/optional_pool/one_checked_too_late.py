from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def connect(self) -> None:
        if self._pool is None:
            self._pool = await asyncpg.create_pool("x")

    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")  # CKF111

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
