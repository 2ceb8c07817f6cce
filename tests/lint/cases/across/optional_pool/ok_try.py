from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def count(self) -> int:
        try:
            return await self._pool.fetchval("SELECT count(*) FROM users")
        except AttributeError:
            raise RuntimeError("connect() first") from None
