import sqlite3
from typing import Any
import redis
import redis.asyncio as aioredis

connection = sqlite3.connect("x")
cache = redis.Redis()
acache = aioredis.Redis()


def query(sql: str, *values: Any) -> list[Any]:
    return connection.execute(sql, values).fetchall()


def pure(x: int) -> int:
    return x + 1


class Repo:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path)

    def find(self, key: str) -> Any:
        return self._connection.execute("SELECT 1").fetchone()

    def name(self) -> str:
        return "x"


class AsyncRepo:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def find(self, key: str) -> Any:
        return await self._pool.fetchrow("SELECT 1")
