from abc import ABC
from typing import Any
from typing import Optional

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Optional[asyncpg.Pool] = None) -> None:
        self.pool = pool

    async def count(self) -> int:
        async with self.pool.acquire() as conn:  # CKF111
            return await conn.fetchval("SELECT count(*) FROM users")
