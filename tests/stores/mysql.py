"""Where the tests of MysqlStore take place: a database of their own on each real server."""

import asyncio
import functools
import inspect
import re
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Final, ParamSpec, cast
from urllib.parse import unquote, urlsplit

import aiomysql  # pyright: ignore[reportMissingTypeStubs] (it has none)
import pytest
from chatkit.types import HiddenContextItem, ThreadMetadata

from ..servers.urls import url
from ..staged import store_module

NOON: Final = datetime(2026, 1, 1, 12)
ALICE: Final = {"user_id": "alice"}
SERVERS: Final = ("mysql", "mariadb")
# Seconds. What waits for ever must fail its test, not hang the run.
PATIENCE: Final = 40

mysql = store_module("mysql")
errors = store_module("errors")
Params = ParamSpec("Params")


def thread(thread_id: str = "thr_1", title: str | None = None) -> ThreadMetadata:
    return ThreadMetadata(id=thread_id, created_at=NOON, title=title)


def item(item_id: str, text: str = "x") -> HiddenContextItem:
    return HiddenContextItem(id=item_id, thread_id="thr_1", created_at=NOON, content=text)


@dataclass(frozen=True)
class Scene:
    """Hold a database nobody else uses, and a connection beside the store's."""

    server: str
    database: str
    other: Any

    def url(self, query: str = "", *, port: int | None = None) -> str:
        """Return the URL of the scene's database, perhaps by way of another port."""
        parts = urlsplit(url(self.server))
        login, _, _ = parts.netloc.rpartition("@")
        place = f"{parts.hostname}:{port or parts.port or 3306}"
        return f"{parts.scheme}://{login}@{place}/{self.database}{query and '?'}{query}"

    def make(self, query: str = "", *, port: int | None = None, **options: Any) -> Any:
        """Return a new store on this database."""
        return mysql.MysqlStore(self.url(query, port=port), **options)

    @asynccontextmanager
    async def opened(
        self, query: str = "", *, port: int | None = None, **options: Any
    ) -> AsyncGenerator[Any, None]:
        """Lend a connected store that has the thread thr_1."""
        async with self.make(query, port=port, **options) as store:
            await store.save_thread(thread(), ALICE)
            yield store

    async def sql(self, statement: str, *values: object) -> Any:
        """Run a statement on the other connection and return its rows."""
        async with self.other.cursor() as cursor:
            await cursor.execute(statement, values)
            return await cursor.fetchall()

    async def tables(self) -> list[str]:
        """Return the names of all tables and views."""
        rows = await self.sql(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s",
            self.database,
        )
        return sorted(row[0] for row in rows)

    async def sessions(self) -> set[int]:
        """Return the server's numbers of the stores' connections."""
        rows = await self.sql("SHOW PROCESSLIST")
        return {row[0] for row in rows if row[3] == self.database} - {self.other.thread_id()}

    async def waiting(self, *, but: int = 0) -> int:
        """Return the number of a session, not `but`, that waits for a row, once one does."""
        while True:
            # information_schema's view of this is a copy that frequent readers keep from renewal.
            [[_, _, report]] = await self.sql("SHOW ENGINE INNODB STATUS")
            for transaction in report.split("---TRANSACTION")[1:]:
                number = re.search(r"LOCK WAIT.*?thread id (\d+)", transaction, re.DOTALL)
                if number and int(number[1]) in await self.sessions() - {but}:
                    return int(number[1])
            await asyncio.sleep(0.02)

    async def left(self, *sessions: int) -> None:
        """Return once the server has done with all of the stores' sessions but these."""
        while await self.sessions() - set(sessions):  # noqa: ASYNC110 (nobody would set an event)
            await asyncio.sleep(0.02)

    async def gone(self, session: int) -> None:
        """Return once the server has done with this session."""
        while session in await self.sessions():  # noqa: ASYNC110 (nobody would set an event)
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncGenerator[None, None]:
        """Hold the rows of one table locked."""
        await self.sql("BEGIN")
        await self.sql(f"SELECT 1 FROM chatkit_{table} FOR UPDATE")
        try:
            yield
        finally:
            await self.sql("ROLLBACK")


def pool_of(store: Any) -> Any:
    """Return the store's connections, which are nobody's business but the tests'."""
    return cast("dict[str, Any]", vars(store))["_pool"]


async def on_session(store: Any, statement: str) -> Any:
    """Return the rows of a query on a connection of the store's."""

    async def query(cursor: Any) -> Any:
        await cursor.execute(statement)
        return await cursor.fetchall()

    return await pool_of(store).run(query)


async def connection(server: str, database: str | None = None) -> Any:
    """Return a connection of the tests' own."""
    parts = urlsplit(url(server))
    connect: Any = vars(aiomysql)["connect"]
    return await connect(
        host=parts.hostname or "",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        db=database,
        charset="utf8mb4",
        autocommit=True,
        init_command="SET sql_notes = 0, max_error_count = 0",
    )


def on_servers(
    test: Callable[Concatenate[Scene, Params], Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    """Turn a coroutine with a scene into a test of each server; its database goes afterwards."""

    async def play(server: str, *args: Params.args, **kwargs: Params.kwargs) -> None:
        database = f"t{uuid.uuid4().hex[:12]}"
        other = await connection(server)
        scene = Scene(server, database, other)
        try:
            await scene.sql(f"CREATE DATABASE {database}")
            await scene.sql(f"USE {database}")
            async with asyncio.timeout(PATIENCE):
                await test(scene, *args, **kwargs)
        finally:
            # What a failed test left open would keep the database from being dropped.
            for session in await scene.sessions():
                with suppress(aiomysql.OperationalError):  # It may be gone by now.
                    await scene.sql("KILL %s", session)
            await scene.sql(f"DROP DATABASE IF EXISTS {database}")
            other.close()

    @functools.wraps(test)
    def run(server: str, *args: Params.args, **kwargs: Params.kwargs) -> None:
        __tracebackhide__ = True
        asyncio.run(play(server, *args, **kwargs))

    signature = inspect.signature(test)
    parameters = list(signature.parameters.values())
    parameters[0] = inspect.Parameter("server", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    vars(run)["__signature__"] = signature.replace(parameters=parameters)
    return pytest.mark.server(pytest.mark.parametrize("server", SERVERS)(run))
