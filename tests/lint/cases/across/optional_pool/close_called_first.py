from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def connect(self) -> None:
        self._pool = await asyncpg.create_pool("x")

    async def load(self, context: dict[str, Any]) -> int:
        async with self._pool.acquire() as conn:  # CKF111
            rows = await conn.fetch("SELECT id FROM users")
        return await self._size(rows)

    async def _size(self, rows: Any) -> int:
        if self._pool is not None:
            return len(rows)
        return 0
