from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def connect(self) -> None:
        self._pool = await asyncpg.create_pool("x")

    def _db(self) -> Any:
        return self._pool

    async def count(self) -> int:
        async with self._db().acquire() as conn:  # CKF111
            return await conn.fetchval("SELECT count(*) FROM users")
