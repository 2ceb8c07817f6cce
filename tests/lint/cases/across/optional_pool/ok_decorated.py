import functools
from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


def connected(method: Any) -> Any:
    @functools.wraps(method)
    async def run(self: Any, *args: Any) -> Any:
        if self._pool is None:
            await self.connect()
        return await method(self, *args)

    return run


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    @connected
    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")
