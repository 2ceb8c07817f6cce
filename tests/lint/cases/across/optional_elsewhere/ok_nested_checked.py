import asyncio
from abc import ABC
from typing import Any

from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._db: Any | None = None

    async def count(self) -> int:
        if self._db is None:
            raise RuntimeError("open() first")

        def work() -> int:
            return self._db.execute("SELECT count(*) FROM users").fetchone()[0]

        return await asyncio.to_thread(work)
