from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def __aenter__(self) -> "Threads":
        self._pool = await asyncpg.create_pool("x")
        await self._pool.execute("SELECT 1")
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self._pool.close()
