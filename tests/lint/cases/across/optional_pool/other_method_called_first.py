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

    def _owner(self, context: dict[str, Any]) -> str:
        return str(context["user_id"])

    async def count(self, context: dict[str, Any]) -> int:
        owner = self._owner(context)
        async with self._pool.acquire() as conn:  # CKF111
            return await conn.fetchval("SELECT count(*) FROM users WHERE id = $1", owner)
