from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, dsn: str) -> None:
        self._pool: Any | None = None
        self._open(dsn)

    def _open(self, dsn: str) -> None:
        self._pool = asyncpg.create_pool(dsn)

    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")
