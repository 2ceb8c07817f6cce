"""The suite over each of our stores, on the real database."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, cast

import aiosqlite
import asyncpg  # pyright: ignore[reportMissingTypeStubs] - the driver has no types
import pytest
from chatkit.store import Store
from pymongo import MongoClient

from chatkit_forge.contract import StoreContract
from tests.servers.urls import url
from tests.staged import store_module

from .ours import OurVerdicts

Context = dict[str, Any]

# Apart from the tables of other tests on the same servers, which make and break their own.
PREFIX = "contract_"
REPLACE = "UPDATE contract_items SET data = {} WHERE owner = {} AND thread_id = {} AND id = {}"


@cache
def store_class(backend: str) -> Callable[..., Store[Context]]:
    """Return the class of a backend: `SqliteStore` for "sqlite"."""
    return getattr(store_module(backend), f"{backend.capitalize()}Store")


class OurStore(OurVerdicts[Context], StoreContract[Context]):
    """Say what our stores have in common."""

    def make_context(self, owner: str) -> Context:
        """Return the context of a request by this owner."""
        return {"user_id": owner}


class TestMemory(OurStore):
    """Hold MemoryStore to the contract."""

    persistent: ClassVar[bool] = False

    def make_store(self) -> Store[Context]:
        """Return a new, empty store."""
        return store_class("memory")()

    async def write_raw_item(
        self, store: Store[Context], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text where the store keeps it."""
        rows = vars(store)["_owners"][owner].items[thread_id]
        vars(rows)["_texts"][item_id] = text


class TestSqlite(OurStore):
    """Hold SqliteStore to the contract, each test in a file of its own."""

    @pytest.fixture(autouse=True)
    def _database(self, tmp_path: Path) -> None:
        self.path = tmp_path / "chatkit.db"

    def make_store(self) -> Store[Context]:
        """Return a store on the test's file."""
        return store_class("sqlite")(f"sqlite:///{self.path}", table_prefix=PREFIX)

    async def write_raw_item(
        self, store: Store[Context], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text through a connection of our own."""
        async with aiosqlite.connect(self.path) as connection:
            await connection.execute(
                REPLACE.format("?", "?", "?", "?"), (text, owner, thread_id, item_id)
            )
            await connection.commit()


@pytest.mark.server
class TestPostgres(OurStore):
    """Hold PostgresStore to the contract."""

    def make_store(self) -> Store[Context]:
        """Return a store on the given server."""
        return store_class("postgres")(url("postgres"), table_prefix=PREFIX)

    async def write_raw_item(
        self, store: Store[Context], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text through a connection of our own."""
        connection = await cast("Any", asyncpg).connect(url("postgres"))
        try:
            sql = REPLACE.format("$1", "$2", "$3", "$4")
            await connection.execute(sql, text, owner, thread_id, item_id)
        finally:
            await connection.close()


class MysqlProtocol(OurStore):
    """Say what holds for both servers that speak MySQL's protocol."""

    server: ClassVar[str]

    def make_store(self) -> Store[Context]:
        """Return a store on the given server."""
        return store_class("mysql")(url(self.server), table_prefix=PREFIX)

    async def write_raw_item(
        self, store: Store[Context], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text through the store's connection, which understands the URL."""
        sql = REPLACE.format("%s", "%s", "%s", "%s")
        await cast("Any", store)._write(sql, (text, owner, thread_id, item_id))


@pytest.mark.server
class TestMysql(MysqlProtocol):
    """Hold MysqlStore to the contract on MySQL."""

    server: ClassVar[str] = "mysql"


@pytest.mark.server
class TestMariadb(MysqlProtocol):
    """Hold MysqlStore to the contract on MariaDB."""

    server: ClassVar[str] = "mariadb"


@pytest.mark.server
class TestMongodb(OurStore):
    """Hold MongodbStore to the contract, on a replica set."""

    def make_store(self) -> Store[Context]:
        """Return a store on the given server."""
        return store_class("mongodb")(url("mongodb"), table_prefix=PREFIX)

    async def write_raw_item(
        self, store: Store[Context], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text through a connection of our own."""
        row = {"owner": owner, "thread_id": thread_id, "id": item_id}
        with MongoClient[dict[str, str]](url("mongodb")) as client:
            items = client.get_default_database("chatkit")[f"{PREFIX}items"]
            items.update_one(row, {"$set": {"data": text}})
