from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store

_pool: asyncpg.Pool | None = None


async def init(dsn: str) -> None:
    global _pool
    _pool = await asyncpg.create_pool(dsn)


def pool() -> Any:
    if _pool is None:
        raise RuntimeError("init() first")
    return _pool


class Threads(Store[dict[str, Any]], ABC):
    async def count(self) -> int:
        async with pool().acquire() as conn:
            return await conn.fetchval("SELECT count(*) FROM users")
