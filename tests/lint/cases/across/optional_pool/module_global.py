from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store

_pool: asyncpg.Pool | None = None


async def init(dsn: str) -> None:
    global _pool
    _pool = await asyncpg.create_pool(dsn)


class Threads(Store[dict[str, Any]], ABC):
    async def count(self) -> int:
        async with _pool.acquire() as conn:  # CKF111
            return await conn.fetchval("SELECT count(*) FROM users")
