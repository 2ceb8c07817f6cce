from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store

_pool: Any | None = None


async def start() -> None:
    global _pool
    _pool = await asyncpg.create_pool("x")


async def stop() -> None:
    await _pool.close()  # CKF111


class Threads(Store[dict[str, Any]], ABC):
    pass
