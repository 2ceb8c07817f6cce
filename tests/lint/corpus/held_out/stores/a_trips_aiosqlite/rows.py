"""Everything goes through TravellerRows, which opens the file per unit of work and puts the traveller into the
named parameters of every statement; no statement of the store goes without `traveller = :traveller`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiosqlite
from pydantic import BaseModel

SCHEMA = """
CREATE TABLE IF NOT EXISTS trip (
    n INTEGER PRIMARY KEY AUTOINCREMENT, traveller TEXT NOT NULL, id TEXT NOT NULL,
    at_us INTEGER NOT NULL, doc TEXT NOT NULL, UNIQUE (traveller, id));
CREATE TABLE IF NOT EXISTS entry (
    n INTEGER PRIMARY KEY AUTOINCREMENT, traveller TEXT NOT NULL, trip_id TEXT NOT NULL, id TEXT NOT NULL,
    at_us INTEGER NOT NULL, doc TEXT NOT NULL, UNIQUE (traveller, trip_id, id));
CREATE TABLE IF NOT EXISTS document (
    traveller TEXT NOT NULL, id TEXT NOT NULL, trip_id TEXT, doc TEXT NOT NULL, PRIMARY KEY (traveller, id));
"""


class TripContext(BaseModel):
    traveller_id: str
    home_airport: str | None = None


class Work:
    """One traveller's transaction."""

    def __init__(self, db: aiosqlite.Connection, traveller: str) -> None:
        self._db = db
        self._traveller = traveller

    def _bind(self, params: dict[str, Any]) -> dict[str, Any]:
        return {**params, "traveller": self._traveller}

    async def rows(self, sql: str, **params: Any) -> list[aiosqlite.Row]:
        async with self._db.execute(sql, self._bind(params)) as cursor:
            return list(await cursor.fetchall())

    async def one(self, sql: str, **params: Any) -> aiosqlite.Row | None:
        async with self._db.execute(sql, self._bind(params)) as cursor:
            return await cursor.fetchone()

    async def run(self, sql: str, **params: Any) -> int:
        async with self._db.execute(sql, self._bind(params)) as cursor:
            return cursor.rowcount


C = TypeVar("C", bound=TripContext)


class TravellerRows(Generic[C]):
    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def work(self, context: C, *, write: bool = False) -> AsyncIterator[Work]:
        if not context.traveller_id:
            raise PermissionError("no traveller in the request context")
        async with aiosqlite.connect(self._path, isolation_level=None) as db:
            db.row_factory = aiosqlite.Row
            await db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield Work(db, context.traveller_id)
            except BaseException:
                await db.rollback()
                raise
            await db.commit()


async def create_tables(path: Path) -> None:
    async with aiosqlite.connect(path) as db:
        await db.executescript(SCHEMA)
