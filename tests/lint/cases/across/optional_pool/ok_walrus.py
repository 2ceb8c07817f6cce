from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def close(self) -> None:
        if (pool := self._pool) is not None:
            await pool.close()

    async def count(self) -> int:
        if not (pool := self._pool):
            raise RuntimeError("closed")
        return await pool.fetchval("SELECT count(*) FROM users")
