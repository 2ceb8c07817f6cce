from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Base(Store[dict[str, Any]], ABC):
    _pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        self._pool = await asyncpg.create_pool("x")

    async def stop(self) -> None:
        await self._pool.close()  # CKF111


class Threads(Base, ABC):
    async def count(self) -> int:
        return await self._pool.fetchval("SELECT count(*) FROM users")  # CKF111
