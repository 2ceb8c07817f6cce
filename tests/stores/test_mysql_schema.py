"""How MysqlStore makes its tables: at once, once, and out of nobody else's."""

import asyncio
from pathlib import Path

import pytest

from .at_once import open_at_once
from .mysql import ALICE, Scene, errors, item, mysql, on_servers, thread
from .mysql_wire import wire_to

TABLES = [
    f"chatkit_{name}" for name in ("attachments", "items", "owners", "schema_version", "threads")
]


async def make_tables(scene: Scene, count: int | None = None) -> None:
    """Run the first statements of the schema by hand."""
    for statement in mysql.SCHEMA[:count]:
        await scene.sql(statement.format(prefix="chatkit_"))


@on_servers
async def test_processes_that_start_at_once_share_one_schema(scene: Scene, tmp_path: Path) -> None:
    """Let six processes connect at the same moment to an empty database."""
    open_at_once(6, "mysql", [scene.url()], tmp_path)
    assert await scene.tables() == TABLES
    assert await scene.sql("SELECT version FROM chatkit_schema_version") == ((1,),)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("statements", range(1, len(mysql.SCHEMA)))
@on_servers
async def test_an_interrupted_creation_is_completed(scene: Scene, statements: int) -> None:
    """Finish, without a warning, what a process began that was killed between two statements."""
    await make_tables(scene, statements)
    async with scene.opened() as store:
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
    assert await scene.tables() == TABLES
    assert await scene.sql("SELECT version FROM chatkit_schema_version") == ((1,),)


@pytest.mark.parametrize("statements", range(len(mysql.SCHEMA)))
@on_servers
async def test_a_creation_may_end_between_two_questions(scene: Scene, statements: int) -> None:
    """Take no table for lost that another process makes while this one looks around."""
    await make_tables(scene, statements)
    async with wire_to(scene.server) as wire:
        wire.hold_after = b"information_schema"
        store = scene.make(port=wire.port)
        connecting = asyncio.create_task(store.connect())
        await wire.holding.wait()
        await make_tables(scene)
        wire.open.set()
        await connecting
        await store.close()


@pytest.mark.filterwarnings("error")
@on_servers
async def test_connecting_again_changes_nothing(scene: Scene) -> None:
    """Leave a complete schema as it is, without a warning of the driver's."""
    async with scene.opened():
        pass
    before = [await scene.sql(f"SHOW CREATE TABLE {table}") for table in TABLES]
    async with scene.opened():
        pass
    assert [await scene.sql(f"SHOW CREATE TABLE {table}") for table in TABLES] == before


@on_servers
async def test_without_create_schema_nothing_is_made(scene: Scene) -> None:
    """Ask for the schema where it is missing or half there, and use it when it was applied."""
    store = scene.make(create_schema=False)
    with pytest.raises(errors.StoreSchemaError, match="apply the store's SCHEMA"):
        await store.connect()
    await make_tables(scene, 2)
    with pytest.raises(errors.StoreSchemaError, match="apply the store's SCHEMA"):
        await store.connect()
    assert len(await scene.tables()) == 2
    await make_tables(scene)
    async with store:
        await store.save_thread(thread(), ALICE)


@on_servers
async def test_a_newer_schema_is_refused(scene: Scene) -> None:
    """Touch nothing that a later version of the store made; applying SCHEMA takes nothing back."""
    await make_tables(scene)
    await scene.sql("UPDATE chatkit_schema_version SET version = 2")
    await make_tables(scene)
    for create_schema in (True, False):
        with pytest.raises(errors.StoreSchemaError, match="version 2"):
            await scene.make(create_schema=create_schema).connect()
    assert await scene.sql("SELECT version FROM chatkit_schema_version") == ((2,),)


@on_servers
async def test_a_closed_store_looks_again(scene: Scene) -> None:
    """Look at the tables again after closing: somebody may have brought them to a new version."""
    async with scene.opened() as store:
        await scene.sql("UPDATE chatkit_schema_version SET version = 2")
        await store.load_thread("thr_1", ALICE)
        await store.close()
        with pytest.raises(errors.StoreSchemaError, match="version 2"):
            await store.load_thread("thr_1", ALICE)


@on_servers
async def test_a_missing_table_is_not_made_anew(scene: Scene) -> None:
    """Say which table is gone, where an empty one would hide that its rows are lost."""
    await make_tables(scene)
    await scene.sql("DROP TABLE chatkit_items")
    with pytest.raises(errors.StoreSchemaError, match="chatkit_items is missing"):
        await scene.make().connect()
    assert "chatkit_items" not in await scene.tables()


@pytest.mark.parametrize("name", TABLES)
@on_servers
async def test_a_foreign_table_is_refused_and_untouched(scene: Scene, name: str) -> None:
    """Refuse somebody else's table of one of our names, alone or among ours."""
    await scene.sql(f"CREATE TABLE {name} (component INT, version INT) COMMENT = 'theirs'")
    await scene.sql(f"INSERT INTO {name} VALUES (1, 1)")
    before = await scene.sql(f"SHOW CREATE TABLE {name}")
    with pytest.raises(errors.StoreSchemaError, match=f"{name} is not this store's"):
        await scene.make().connect()
    assert await scene.tables() == [name]
    await make_tables(scene, len(TABLES))
    with pytest.raises(errors.StoreSchemaError, match=f"{name} is not this store's"):
        await scene.make().connect()
    assert await scene.sql(f"SHOW CREATE TABLE {name}") == before
    assert await scene.sql(f"SELECT * FROM {name}") == ((1, 1),)


@on_servers
async def test_a_foreign_view_is_refused(scene: Scene) -> None:
    """Refuse a view of one of our names."""
    await scene.sql("CREATE VIEW chatkit_items AS SELECT 1 AS one")
    with pytest.raises(errors.StoreSchemaError, match="chatkit_items is not this store's"):
        await scene.make().connect()
    assert await scene.tables() == ["chatkit_items"]


@on_servers
async def test_prefixes_part_stores_of_one_database(scene: Scene) -> None:
    """Keep two stores with different prefixes apart."""
    async with scene.opened() as first, scene.make(table_prefix="second_") as second:
        assert (await second.load_threads(20, None, "asc", ALICE)).data == []
        await second.save_thread(thread("thr_2"), ALICE)
        assert len((await first.load_threads(20, None, "asc", ALICE)).data) == 1
