"""How PostgresStore makes its tables, and which it refuses."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ..servers.urls import url
from .at_once import open_at_once
from .postgres import ALICE, Scene, errors, on_server, postgres

# What PostgreSQL and drivers call a database that allows nothing but serializable transactions.
STRICT = "options=-c%20default_transaction_isolation=serializable"


async def tables(scene: Scene) -> list[Any]:
    """Return name and identity of everything with the scene's prefix."""
    return await scene.other.fetch(
        "SELECT oid, relname, relnatts FROM pg_class WHERE starts_with(relname, $1) ORDER BY oid",
        scene.prefix,
    )


@pytest.mark.parametrize("query", ["", f"?{STRICT}"])
@on_server
async def test_processes_that_start_at_once_make_one_schema(
    scene: Scene, query: str, tmp_path: Path
) -> None:
    """Let eight processes connect at the same moment to a database without tables."""
    open_at_once(8, "postgres", [url("postgres") + query], tmp_path, scene.prefix)
    assert len([row for row in await tables(scene) if row["relname"].endswith("_by_time")]) == 2
    assert await scene.other.fetchval(f"SELECT version FROM {scene.prefix}schema_version") == 1


@on_server
async def test_tables_appear_all_at_once(scene: Scene) -> None:
    """Show nothing of a schema that somebody else has not finished; take it when it is there."""
    first, second = scene.make(), scene.make()
    async with scene.other.transaction():
        await scene.other.execute("SELECT pg_advisory_xact_lock(27980790468667764)")
        connecting = [asyncio.create_task(store.connect()) for store in (first, second)]
        await scene.until("wait_event = 'advisory'", count=2)
        assert await tables(scene) == []
    await asyncio.gather(*connecting)
    await first.close()
    await second.close()


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE TABLE {}threads (id integer)", "threads"),
        ("CREATE TABLE {}schema_version (n integer)", "schema_version"),
        ("CREATE TABLE {}schema_version (component integer, version text)", "schema_version"),
        ("CREATE VIEW {}owners AS SELECT 1", "owners"),
        ("CREATE SEQUENCE {}items", "items"),
    ],
)
@on_server
async def test_a_table_that_is_not_ours_is_refused(scene: Scene, statement: str, name: str) -> None:
    """Neither adopt nor alter what another program made under one of our names."""
    await scene.other.execute(statement.format(scene.prefix))
    before = await tables(scene)
    with pytest.raises(errors.StoreSchemaError, match=f"{scene.prefix}{name} is not this store's"):
        await scene.make().connect()
    assert await tables(scene) == before
    await scene.until("TRUE", count=0)


@on_server
async def test_a_newer_schema_is_refused(scene: Scene) -> None:
    """Say so when a later version of the code has migrated the tables."""
    async with scene.opened():
        pass
    await scene.other.execute(f"UPDATE {scene.prefix}schema_version SET version = 2")
    with pytest.raises(errors.StoreSchemaError, match="have version 2, this code knows 1"):
        await scene.make().connect()


@on_server
async def test_a_missing_table_is_named(scene: Scene) -> None:
    """Say which table somebody dropped, instead of failing on first use."""
    async with scene.opened():
        pass
    await scene.other.execute(f"DROP TABLE {scene.prefix}attachments")
    with pytest.raises(errors.StoreSchemaError, match=f"{scene.prefix}attachments is missing"):
        await scene.make().connect()


@on_server
async def test_the_schema_may_be_applied_by_somebody_else(scene: Scene) -> None:
    """Refuse a database without tables with create_schema=False; accept it once they are there."""
    with pytest.raises(errors.StoreSchemaError, match="apply the store's SCHEMA first"):
        await scene.make(create_schema=False).connect()
    assert await tables(scene) == []
    for statement in postgres.SCHEMA:
        await scene.other.execute(statement.format(prefix=scene.prefix))
    async with scene.opened(create_schema=False) as store:
        assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@on_server
async def test_tables_live_where_the_search_path_says(scene: Scene) -> None:
    """Make tables in the schema of the search path; another schema's are none of its business."""
    await scene.other.execute(f"CREATE SCHEMA {scene.prefix}own")
    await scene.other.execute(f"CREATE TABLE {scene.prefix}items (id integer)")
    try:
        async with scene.opened(f"options=-c%20search_path={scene.prefix}own"):
            pass
        rows = await scene.other.fetchval(
            f"SELECT count(*) FROM {scene.prefix}own.{scene.prefix}threads"
        )
        assert rows == 1
    finally:
        await scene.other.execute(f"DROP SCHEMA {scene.prefix}own CASCADE")


@on_server
async def test_ids_are_compared_by_bytes(scene: Scene) -> None:
    """Ask for the "C" collation on every column that identifies, whatever the database's is."""
    async with scene.opened():
        pass
    rows = await scene.other.fetch(
        """SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE starts_with(table_name, $1) AND data_type = 'text'
        AND column_name IN ('owner', 'id', 'thread_id') AND collation_name IS DISTINCT FROM 'C'""",
        scene.prefix,
    )
    assert [row[0] for row in rows] == []


@on_server
async def test_a_database_that_cannot_hold_all_text_is_refused(scene: Scene) -> None:
    """Say so at the start, and not when the first user sends an emoji."""
    database = f"{scene.prefix}latin"
    await scene.other.execute(
        f"CREATE DATABASE {database} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
        "TEMPLATE template0"
    )
    try:
        there = urlsplit(url("postgres"))._replace(path=f"/{database}").geturl()
        with pytest.raises(errors.StoreSchemaError, match="LATIN1: create one in UTF8"):
            await postgres.PostgresStore(there).connect()
    finally:
        await scene.other.execute(f"DROP DATABASE {database} WITH (FORCE)")
