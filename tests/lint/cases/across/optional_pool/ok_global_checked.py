from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store

_pool: asyncpg.Pool | None = None


async def get_pool() -> asyncpg.Pool:
    global _pool
    if _pool is None:
        _pool = await asyncpg.create_pool("x")
    return _pool


class Threads(Store[dict[str, Any]], ABC):
    async def count(self) -> int:
        pool = await get_pool()
        return await pool.fetchval("SELECT count(*) FROM users")
