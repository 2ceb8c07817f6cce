from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Database:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        self.pool = await asyncpg.create_pool(self.dsn)


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, db: Database) -> None:
        self.db = db

    async def count(self) -> int:
        async with self.db.pool.acquire() as conn:  # CKF111
            return await conn.fetchval("SELECT count(*) FROM users")
