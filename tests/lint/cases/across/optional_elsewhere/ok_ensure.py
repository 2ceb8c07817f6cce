from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._db: Any | None = None

    async def _ensure(self) -> None:
        if self._db is not None:
            return
        self._db = await asyncpg.connect("x")

    async def count(self) -> int:
        await self._ensure()
        async with self._db.execute("SELECT count(*) FROM users") as cursor:
            return (await cursor.fetchone())[0]
