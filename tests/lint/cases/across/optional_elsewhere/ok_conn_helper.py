from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._db: Any | None = None

    async def _conn(self) -> Any:
        if self._db is None:
            self._db = await asyncpg.connect("x")
        return self._db

    async def count(self) -> int:
        conn = await self._conn()
        return await conn.fetchval("SELECT count(*) FROM users")
