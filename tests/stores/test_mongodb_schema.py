"""How MongodbStore makes, finds and refuses collections."""

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from ..servers.urls import url
from .at_once import open_at_once
from .mongodb import Row, Scene, errors, mongodb, on_server

ALL = ["attachments", "items", "owners", "schema_version", "threads"]


@on_server
async def test_processes_that_start_at_once_make_one_schema(scene: Scene, tmp_path: Path) -> None:
    """Let six processes connect at the same moment to a database without collections."""
    open_at_once(6, "mongodb", [url("mongodb")], tmp_path, scene.prefix)
    assert await scene.collections() == ALL
    assert await scene.rows("schema_version").find().to_list() == [{"_id": "store", "version": 1}]
    indexes = await scene.rows("items").index_information()
    assert sorted(indexes) == ["_id_", "by_time", "key"]


@on_server
async def test_a_crash_while_creating_leaves_nothing(scene: Scene) -> None:
    """Start beside a process that died in the midst of SCHEMA, without waiting for its end."""
    async with scene.other.client.start_session() as session:
        await session.start_transaction()
        for command in mongodb.SCHEMA[:3]:
            await scene.other.command(named(command, scene.prefix), session=session)
        # Dead from here on: its transaction stays open until the server's patience is over.
        assert await scene.collections() == []
        async with scene.opened():
            assert await scene.collections() == ALL
        await session.abort_transaction()
    assert await scene.collections() == ALL
    assert sorted(await scene.rows("threads").index_information()) == ["_id_", "by_time", "key"]


@pytest.mark.parametrize("name", ALL)
@on_server
async def test_a_collection_that_is_not_ours_is_refused(scene: Scene, name: str) -> None:
    """Neither adopt nor alter what another program keeps under one of our names."""
    theirs: Row = {"_id": "theirs", "version": 1}
    await scene.rows(name).insert_one(theirs)
    with pytest.raises(errors.StoreSchemaError, match=f"{scene.prefix}{name} is not this store's"):
        await scene.make().connect()
    assert await scene.collections() == [name]
    assert await scene.rows(name).find().to_list() == [theirs]
    assert list(await scene.rows(name).index_information()) == ["_id_"]


@on_server
async def test_a_view_under_our_name_is_refused(scene: Scene) -> None:
    """Leave a view alone as well."""
    await scene.other.command(
        {"create": f"{scene.prefix}threads", "viewOn": "elsewhere", "pipeline": []}
    )
    with pytest.raises(errors.StoreSchemaError, match="threads is not this store's"):
        await scene.make().connect()


@on_server
async def test_a_newer_schema_is_refused(scene: Scene) -> None:
    """Say so when a later version of the code has migrated the collections."""
    async with scene.opened():
        pass
    await scene.rows("schema_version").update_one({}, {"$set": {"version": 2}})
    with pytest.raises(errors.StoreSchemaError, match="have version 2, this code knows 1"):
        await scene.make().connect()


@on_server
async def test_a_missing_collection_is_named(scene: Scene) -> None:
    """Say which collection somebody dropped, instead of losing what it held in silence."""
    async with scene.opened():
        pass
    await scene.rows("attachments").drop()
    with pytest.raises(errors.StoreSchemaError, match="attachments is missing"):
        await scene.make().connect()


@on_server
async def test_the_schema_may_be_applied_by_somebody_else(scene: Scene) -> None:
    """Refuse an empty database with create_schema=False; accept it once SCHEMA was applied."""
    with pytest.raises(errors.StoreSchemaError, match="apply the store's SCHEMA first"):
        await scene.make(create_schema=False).connect()
    assert await scene.collections() == []
    for command in mongodb.SCHEMA:
        await scene.other.command(named(command, scene.prefix))
    async with scene.opened(create_schema=False):
        pass


def test_the_schema_is_plain_data() -> None:
    """Let it be read off the source, as the command that prints it does."""
    for node in ast.parse(inspect.getsource(mongodb)).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "SCHEMA":
            assert node.value is not None
            assert ast.literal_eval(node.value) == mongodb.SCHEMA
            return
    pytest.fail("no SCHEMA")


def named(command: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return a command of SCHEMA with the collection's full name."""
    verb = next(iter(command))
    return {**command, verb: command[verb].format(prefix=prefix)}
