import asyncio
import functools
from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


def retried(method: Any) -> Any:
    @functools.wraps(method)
    async def run(self: Any, *args: Any) -> Any:
        for _ in range(3):
            try:
                return await method(self, *args)
            except OSError:
                await asyncio.sleep(1)
        raise RuntimeError("down")

    return run


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    @retried
    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")  # CKF111
