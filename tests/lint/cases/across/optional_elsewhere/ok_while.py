import asyncio
from abc import ABC
from typing import Any

from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._db: Any | None = None

    async def wait(self) -> None:
        while self._db is None:
            await asyncio.sleep(0.1)
        await self._db.execute("SELECT 1")
