import logging
from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def connect(self) -> None:
        self._pool = await asyncpg.create_pool("x")

    async def count(self) -> int:
        if self._pool is None:
            logging.warning("not connected")
        return await self._pool.fetchval("SELECT count(*) FROM users")  # CKF111
