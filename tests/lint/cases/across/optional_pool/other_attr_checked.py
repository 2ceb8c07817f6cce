from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._client: Any | None = None
        self._db: Any | None = None

    async def connect(self) -> None:
        self._client = await asyncpg.connect("x")
        self._db = self._client["chat"]

    async def count(self) -> int:
        return await self._db.threads.count_documents({})  # CKF111

    async def close(self) -> None:
        self._client.close()  # CKF111
