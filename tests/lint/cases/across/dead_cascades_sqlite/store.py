import asyncio
import os
import sqlite3
from abc import ABC
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

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


class Opens(Store[str], ABC):
    """SQLite minds no foreign key before it is told to."""

    def __init__(self, path: str) -> None:
        self.path = path

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as connection:
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

    async def delete_thread(self, thread_id: str, context: str) -> None:  # CKF218
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )


class Bracketed(Opens, ABC):
    """A table may be named as other databases quote it."""

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM [turns] WHERE owner = ? AND talk = ?", (context, thread_id)
            )
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )


class Handed(Store[str], ABC):
    """Whoever opens the connection may have told it."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.connection.execute(
            "INSERT INTO talks (owner, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (owner, id) DO UPDATE SET body = excluded.body",
            (context, thread.id, thread.model_dump_json()),
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.connection.execute(
            "INSERT INTO turns (owner, talk, id, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, talk, id) DO UPDATE SET body = excluded.body",
            (context, thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.connection.execute(
            "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
        )


class Started(Opens, ABC):
    """Whoever makes the store says what its connections are told."""

    def __init__(self, path: str, startup: tuple[str, ...] = ()) -> None:
        super().__init__(path)
        self.startup = startup

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as connection:
            for statement in self.startup:
                await connection.execute(statement)
            yield connection
            await connection.commit()

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )


class SetUp(Opens, ABC):
    """What is told stands in the environment."""

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as connection:
            await connection.executescript(os.environ["SQLITE_SETUP"])
            yield connection
            await connection.commit()

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )


class Prepared(Opens, ABC):
    """Somebody else is handed the connection."""

    def __init__(self, path: str, prepare: Callable[[aiosqlite.Connection], Awaitable[None]]) -> None:
        super().__init__(path)
        self.prepare = prepare

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as connection:
            await self.prepare(connection)
            yield connection
            await connection.commit()

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )


class Hooked(Opens, ABC):
    """A store that derives from this one may tell it."""

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path) as connection:
            await self._prepare(connection)
            yield connection
            await connection.commit()

    async def _prepare(self, connection: aiosqlite.Connection) -> None:
        """Let a store of a program tell its connection something."""

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )


class Wrapped(Opens, ABC):
    """The connection is of a class that others choose."""

    def __init__(self, path: str, options: dict[str, Any]) -> None:
        super().__init__(path)
        self.options = options

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self.path, **self.options) as connection:
            yield connection
            await connection.commit()

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self._open() as connection:
            await connection.execute(
                "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
            )


class Copies(Handed, ABC):
    """What is opened is another file."""

    def export(self, path: str) -> None:
        target = sqlite3.connect(path)
        target.executescript("CREATE TABLE copy (id TEXT)")
        target.close()

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.connection.execute(
            "DELETE FROM talks WHERE owner = ? AND id = ?", (context, thread_id)
        )


class Helped(Opens, ABC):
    """All that is told can be read, by whichever road it comes."""

    async def _send(self, statement: str, *values: object) -> None:
        async with self._open() as connection:
            await self._prepare(connection)
            await connection.execute(statement, values)

    async def _prepare(self, connection: aiosqlite.Connection) -> None:
        for statement in SCHEMA.split(";"):
            await connection.execute(statement)
        await connection.execute("PRAGMA journal_mode = WAL")

    async def delete_thread(self, thread_id: str, context: str) -> None:  # CKF218
        await self._send("DELETE FROM talks WHERE owner = ? AND id = ?", context, thread_id)


class InThreads(Store[str], ABC):
    """A connection that is called in threads."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path)

    async def _send(self, statement: str, *values: object) -> None:
        await asyncio.to_thread(self.connection.execute, statement, values)

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self._send(
            "INSERT INTO talks (owner, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (owner, id) DO UPDATE SET body = excluded.body",
            context,
            thread.id,
            thread.model_dump_json(),
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self._send(
            "INSERT INTO turns (owner, talk, id, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, talk, id) DO UPDATE SET body = excluded.body",
            context,
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:  # CKF218
        await self._send("DELETE FROM talks WHERE owner = ? AND id = ?", context, thread_id)


class SetUpInThreads(InThreads, ABC):
    """What a thread is handed to tell the connection comes from elsewhere."""

    async def create(self, setup: str) -> None:
        await asyncio.to_thread(self.connection.executescript, setup)

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self._send("DELETE FROM talks WHERE owner = ? AND id = ?", context, thread_id)


class SetUpByOthers(InThreads, ABC):
    """A class that derives from this one, or its maker, may set the text anew."""

    setup = "PRAGMA journal_mode = WAL"

    def use(self, setup: str) -> None:
        self.setup = setup

    def create(self) -> None:
        self.connection.executescript(self.setup)

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self._send("DELETE FROM talks WHERE owner = ? AND id = ?", context, thread_id)
