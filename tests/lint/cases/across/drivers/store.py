import asyncio
from abc import ABC
from typing import Any
from chatkit.store import Store
from drivers.db import AsyncRepo, Repo, acache, cache, connection, pure, query
from drivers import db


class S(Store[dict[str, Any]], ABC):
    def __init__(self, repo: Repo, other: AsyncRepo) -> None:
        self.repo = repo
        self.other = other
        self.made = Repo("x")

    async def e1(self) -> Any:
        return query("SELECT 1")  # CKF215

    async def e2(self) -> Any:
        return self.repo.find("x")  # CKF215

    async def e3(self) -> Any:
        return await self.other.find("x")

    async def e4(self) -> Any:
        return self.made.find("x")  # CKF215

    async def e5(self) -> Any:
        return cache.get("x")  # CKF215

    async def e6(self) -> Any:
        return await acache.get("x")

    async def e7(self) -> Any:
        return db.query("SELECT 1")  # CKF215

    async def e8(self) -> Any:
        return await asyncio.to_thread(db.query, "SELECT 1")

    async def e9(self) -> Any:
        return pure(1) + len(self.repo.name())

    async def e10(self) -> Any:
        return await asyncio.to_thread(self.repo.find, "x")

    async def e11(self) -> Any:
        return connection.execute("SELECT 1")  # CKF215
