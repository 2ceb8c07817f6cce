import sqlite3
from abc import ABC
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
from chatkit.store import Store
from chatkit.types import ThreadItem, ThreadMetadata

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS talks (owner TEXT, id TEXT, body TEXT, PRIMARY KEY (owner, id));
CREATE TABLE IF NOT EXISTS turns (
    owner TEXT, talk TEXT, id TEXT, body TEXT, PRIMARY KEY (owner, talk, id),
    FOREIGN KEY (owner, talk) REFERENCES talks (owner, id) ON DELETE CASCADE);
"""


class Configured(Store[str], ABC):
    """SQLite is told to mind its foreign keys in its own words."""

    def __init__(self, path: str) -> None:
        self.path = path

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as connection:
            connection._conn.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY, True)
            yield connection
            await connection.commit()

    async def create(self) -> None:
        async with self._open() as connection:
            await connection.executescript(SCHEMA)

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "INSERT INTO talks (owner, id, body) VALUES (?, ?, ?)"
                " ON CONFLICT (owner, id) DO UPDATE SET body = excluded.body",
                (context, thread.id, thread.model_dump_json()),
            )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "INSERT INTO turns (owner, talk, id, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (owner, talk, id) DO UPDATE SET body = excluded.body",
                (context, thread_id, item.id, item.model_dump_json()),
            )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )
