from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store

pool: Any | None = None


async def start() -> None:
    global pool
    pool = await asyncpg.create_pool("x")


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def each(self, pool: asyncpg.Pool) -> None:
        await pool.execute("SELECT 1")

    async def opened(self) -> None:
        async with asyncpg.create_pool("x") as pool:
            await pool.execute("SELECT 1")
