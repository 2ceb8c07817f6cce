"""Opening the kitchen database: every connection of this package comes from here."""
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

SCHEMA = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")


class Database:
    def __init__(self, path: str) -> None:
        self._path = path

    async def create(self) -> None:
        async with self.session() as conn:
            await conn.executescript(SCHEMA)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection with foreign keys on; committed when the block ends well."""
        async with aiosqlite.connect(self._path) as conn:
            await conn.execute("PRAGMA foreign_keys = ON")
            yield conn
            await conn.commit()

    async def first(self, sql: str, *args: object) -> str | int | None:
        async with self.session() as conn:
            async with conn.execute(sql, args) as cursor:
                row = await cursor.fetchone()
        return None if row is None else row[0]

    async def rows(self, sql: str, *args: object) -> list[tuple[str, str]]:
        async with self.session() as conn:
            async with conn.execute(sql, args) as cursor:
                return [(row[0], row[1]) for row in await cursor.fetchall()]

    async def run(self, sql: str, *args: object) -> None:
        async with self.session() as conn:
            await conn.execute(sql, args)
