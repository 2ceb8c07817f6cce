from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


def required(value: Any, what: str) -> Any:
    if value is None:
        raise RuntimeError(f"{what} is not there")
    return value


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def count(self) -> int:
        return await required(self._pool, "pool").fetchval("SELECT count(*) FROM users")
