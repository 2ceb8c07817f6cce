from abc import ABC
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from chatkit.store import Store


@dataclass
class Threads(Store[dict[str, Any]], ABC):
    dsn: str
    pool: asyncpg.Pool | None = field(default=None, init=False)

    async def connect(self) -> None:
        self.pool = await asyncpg.create_pool(self.dsn)

    async def count(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM users")  # CKF111
