from abc import ABC
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chatkit.store import Store
from mine import connected


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


class Declared(Store[str], ABC):
    pool: Any | None = None
    name: str | None = None

    def __init__(self, client: Any | None = None, *, cache: Any | None = None) -> None:
        self.name = "x"
        self._client = client
        self._cache = cache or object()
        self._docs = None
        self._sessions = None
        self._made = None
        self._made = object()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection:  # CKF111
            yield connection

    async def handed(self) -> None:
        await self._client.ping()  # CKF111

    async def fetched(self) -> Any:
        async with self.connection() as connection:
            return await connection.fetch("SELECT 1")

    async def document(self) -> Any:
        return await self._docs["threads"].find_one()  # CKF111

    async def session(self) -> Any:
        async with self._sessions() as session:  # CKF111
            return session

    async def fine(self) -> Any:
        await self._cache.get("x")
        await self._made.get("x")
        return self.name.upper()

    @property
    def ready(self) -> Any:
        if self.pool is None:
            raise RuntimeError("connect() first")
        return self.pool

    async def through(self) -> Any:
        return await self.ready.fetch("SELECT 1")

    def _require(self) -> None:
        if not self.pool:
            raise RuntimeError("connect() first")

    async def required(self) -> Any:
        self._require()
        return await self.pool.fetch("SELECT 1")

    async def row(self) -> Any:
        await self.fine()
        return await self._docs.find_one()  # CKF111

    @connected
    async def decorated(self) -> Any:
        return await self.pool.fetch("SELECT 1")


class Opens(Store[str], ABC):
    def __init__(self, client: Any | None = None) -> None:
        if client is None:
            client = object()
        self._client = client

    async def ping(self) -> None:
        await self._client.ping()


class Below(Declared, ABC):
    async def more(self) -> None:
        await self._docs.insert_one({})  # CKF111
