"""Where the tests of PostgresStore take place: tables of their own on the real server."""

import asyncio
import functools
import inspect
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Final, ParamSpec, cast
from urllib.parse import urlsplit

# asyncpg carries neither stubs nor a py.typed file.
import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import pytest
from chatkit.types import HiddenContextItem, ThreadMetadata

from ..servers.urls import url
from ..staged import store_module

NOON: Final = datetime(2026, 1, 1, 12)
ALICE: Final = {"user_id": "alice"}
# Seconds. What waits for ever must fail its test, not hang the run.
PATIENCE: Final = 40
WAITING: Final = "wait_event_type = 'Lock'"

postgres: Any = store_module("postgres")
errors: Any = store_module("errors")
Params = ParamSpec("Params")
# What the other connection sees when the server chose it to fail.
DEADLOCK: Final = asyncpg.DeadlockDetectedError


def thread(thread_id: str = "thr_1", title: str | None = None) -> ThreadMetadata:
    return ThreadMetadata(id=thread_id, created_at=NOON, title=title)


def item(item_id: str, text: str = "x") -> HiddenContextItem:
    return HiddenContextItem(id=item_id, thread_id="thr_1", created_at=NOON, content=text)


def url_at(port: int, query: str = "") -> str:
    """Return the server's URL with another port."""
    return url("postgres").replace(f":{urlsplit(url('postgres')).port}/", f":{port}/") + query


async def connect() -> Any:
    """Return a connection to the server beside the store's."""
    # Untyped like its module.
    return cast("Any", await asyncpg.connect(url("postgres")))  # pyright: ignore[reportUnknownMemberType]


@dataclass(frozen=True)
class Scene:
    """Hold a prefix nobody else uses, and a connection beside the store's."""

    prefix: str
    other: Any

    def make(self, query: str = "", **options: Any) -> Any:
        """Return a new store on this prefix; its sessions bear the prefix as their name."""
        query = f"?application_name={self.prefix}{query and '&'}{query}"
        return postgres.PostgresStore(url("postgres") + query, table_prefix=self.prefix, **options)

    @asynccontextmanager
    async def opened(self, query: str = "", **options: Any) -> AsyncGenerator[Any, None]:
        """Lend a connected store that has the thread thr_1."""
        async with self.make(query, **options) as store:
            await store.save_thread(thread(), ALICE)
            yield store

    async def sessions(self, condition: str = "TRUE") -> list[int]:
        """Return the server processes of the stores' sessions that fulfil an SQL condition."""
        # A transaction would see the same picture for as long as it lasts.
        await self.other.execute("SELECT pg_stat_clear_snapshot()")
        rows = await self.other.fetch(
            f"SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND {condition}",
            self.prefix,
        )
        return [row[0] for row in rows]

    async def until(self, condition: str, count: int = 1) -> list[int]:
        """Return the sessions that fulfil an SQL condition as soon as there are so many."""
        while True:
            found = await self.sessions(condition)
            if len(found) == count:
                return found
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncGenerator[None, None]:
        """Hold the rows of one table locked."""
        async with self.other.transaction():
            await self.other.execute(f"SELECT 1 FROM {self.prefix}{table} FOR UPDATE")
            yield

    async def drop(self) -> None:
        """Drop every table, view and sequence of the prefix."""
        kinds = {"r": "TABLE", "v": "VIEW", "S": "SEQUENCE"}
        rows = await self.other.fetch(
            "SELECT relname, relkind::text FROM pg_class"
            " WHERE starts_with(relname, $1) AND pg_table_is_visible(oid)",
            self.prefix,
        )
        for name, kind in rows:
            if kind in kinds:
                await self.other.execute(f"DROP {kinds[kind]} IF EXISTS {name} CASCADE")


def on_server(
    test: Callable[Concatenate[Scene, Params], Coroutine[Any, Any, None]],
) -> Callable[Params, None]:
    """Turn a coroutine with a scene into a test marked `server`; its tables go afterwards."""

    async def play(*args: Params.args, **kwargs: Params.kwargs) -> None:
        prefix = f"t{uuid.uuid4().hex[:12]}_"
        other = await connect()
        try:
            async with asyncio.timeout(PATIENCE):
                await test(Scene(prefix, other), *args, **kwargs)
        finally:
            await Scene(prefix, other).drop()
            await other.close()

    @functools.wraps(test)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> None:
        __tracebackhide__ = True
        asyncio.run(play(*args, **kwargs))

    signature = inspect.signature(test)
    parameters = list(signature.parameters.values())[1:]
    vars(run)["__signature__"] = signature.replace(parameters=parameters)
    return pytest.mark.server(run)
