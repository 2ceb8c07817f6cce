"""Where the tests of MongodbStore take place: collections of their own on the real server."""

import asyncio
import functools
import inspect
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import urlsplit

import pytest
from chatkit.types import HiddenContextItem, ThreadMetadata
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from ..servers.urls import url
from ..staged import store_module

NOON: Final = datetime(2026, 1, 1, 12)
ALICE: Final = {"user_id": "alice"}
# Seconds. What waits for ever must fail its test, not hang the run.
PATIENCE: Final = 60

mongodb = store_module("mongodb")
errors = store_module("errors")
Params = ParamSpec("Params")
Row = dict[str, Any]


def thread(thread_id: str = "thr_1", title: str | None = None) -> ThreadMetadata:
    return ThreadMetadata(id=thread_id, created_at=NOON, title=title)


def item(item_id: str, text: str = "x", thread_id: str = "thr_1") -> HiddenContextItem:
    return HiddenContextItem(id=item_id, thread_id=thread_id, created_at=NOON, content=text)


def url_at(port: int) -> str:
    """Return the server's URL with another port, and no look for other members of the set."""
    there = url("mongodb").replace(f":{urlsplit(url('mongodb')).port}/", f":{port}/")
    return there.replace("replicaSet=rs0", "directConnection=true")


@dataclass(frozen=True)
class Scene:
    """Hold a prefix nobody else uses, and a database connection beside the store's."""

    prefix: str
    other: AsyncDatabase[Row]

    def make(self, at: str | None = None, **options: Any) -> Any:
        """Return a new store on this prefix; its connections bear the prefix as their name."""
        named = f"{at or url('mongodb')}&appName={self.prefix}"
        return mongodb.MongodbStore(named, table_prefix=self.prefix, **options)

    @asynccontextmanager
    async def opened(self, at: str | None = None, **options: Any) -> AsyncGenerator[Any, None]:
        """Lend a connected store that has the thread thr_1."""
        async with self.make(at, **options) as store:
            await store.save_thread(thread(), ALICE)
            yield store

    def rows(self, name: str) -> AsyncCollection[Row]:
        """Return one of the store's collections, past the store."""
        return self.other[f"{self.prefix}{name}"]

    async def collections(self) -> list[str]:
        """Return the names behind the prefix of the collections there are."""
        names = await self.other.list_collection_names(filter={"name": {"$regex": self.prefix}})
        return sorted(name.removeprefix(self.prefix) for name in names)

    async def operations(self, **conditions: Any) -> list[Row]:
        """Return what the stores' connections do on the server, or hold open there."""
        every = {"$currentOp": {"allUsers": True, "idleSessions": True, "idleConnections": True}}
        wanted = {"$match": {"appName": self.prefix, **conditions}}
        found = await self.other.client.admin.aggregate([every, wanted])
        return await found.to_list()

    async def open_transactions(self) -> list[Row]:
        """Return the transactions of the stores that are neither committed nor aborted."""
        return await self.operations(**{"transaction.parameters.autocommit": False})

    async def until(self, some: bool = True, **conditions: Any) -> None:
        """Return as soon as the server has some operation that meets the conditions, or none."""
        while True:
            if bool(await self.operations(**conditions)) == some:
                return
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def locked(self, name: str = "threads") -> AsyncGenerator[None, None]:
        """Hold the rows of one collection in a transaction that comes to nothing."""
        async with self.other.client.start_session() as session:
            await session.start_transaction()
            await self.rows(name).update_many({}, {"$set": {"held": True}}, session=session)
            yield
            await session.abort_transaction()


def on_server(
    test: Callable[Concatenate[Scene, Params], Coroutine[Any, Any, None]],
) -> Callable[Params, None]:
    """Turn a coroutine with a scene into a test marked `server`; its collections go afterwards."""

    async def play(*args: Params.args, **kwargs: Params.kwargs) -> None:
        prefix = f"t{uuid.uuid4().hex[:12]}_"
        async with AsyncMongoClient[Row](url("mongodb")) as client:
            scene = Scene(prefix, client.get_default_database())
            try:
                async with asyncio.timeout(PATIENCE):
                    await test(scene, *args, **kwargs)
            finally:
                for name in await scene.collections():
                    await scene.rows(name).drop()

    @functools.wraps(test)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> None:
        __tracebackhide__ = True
        asyncio.run(play(*args, **kwargs))

    signature = inspect.signature(test)
    parameters = list(signature.parameters.values())[1:]
    vars(run)["__signature__"] = signature.replace(parameters=parameters)
    return pytest.mark.server(run)
