from abc import ABC
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from chatkit.store import Store

_pool: Any | None = None


@asynccontextmanager
async def lifespan(app: Any) -> Any:
    global _pool
    _pool = await asyncpg.create_pool("x")
    yield
    await _pool.close()


class Threads(Store[dict[str, Any]], ABC):
    async def count(self) -> int:
        return await _pool.fetchval("SELECT count(*) FROM users")  # CKF111
