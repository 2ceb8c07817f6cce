from abc import ABC
from typing import Any
from typing import cast

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._db: Any | None = None

    async def count(self) -> int:
        db = cast(asyncpg.Pool, self._db)
        return await db.fetchval("SELECT count(*) FROM users")
