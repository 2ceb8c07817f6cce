from abc import ABC
from typing import Any

from chatkit.store import Store


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self._pool: Any | None = None
        self.client = None
        self._name = "x"

    async def connect(self) -> None:
        self._pool = object()

    async def unguarded(self) -> None:
        await self._pool.execute("SELECT 1")  # CKF111

    async def twice(self) -> None:
        await self.client.ping()  # CKF111
        await self.client.ping()

    async def asserted(self) -> None:
        assert self._pool is not None
        await self._pool.execute("SELECT 1")

    async def connects(self) -> None:
        await self.connect()
        await self._pool.execute("SELECT 1")

    async def tested(self) -> None:
        if self._pool:
            await self._pool.close()

    async def other(self) -> str:
        return self._name.upper()
