"""The store on Motor: another driver underneath, so what depends on the driver is held again."""

import asyncio
import functools
import importlib
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import anyio
import pytest
from chatkit.store import Store

from chatkit_forge.contract.concurrency import Concurrency
from chatkit_forge.contract.lifecycle import Lifecycle
from chatkit_forge.options import Package

from ..rendering import options, rendered
from ..servers.processes import free_port
from ..servers.urls import url
from .mongodb import ALICE, Scene, item, on_server, thread, url_at

Context = dict[str, Any]
PACKAGE = Package(PurePosixPath("motored"), "motored", PurePosixPath())
PREFIX = "motor_"


@functools.cache
def module(name: str) -> ModuleType:
    """Import a module of the package that is generated with `--driver motor`."""
    folder = Path(tempfile.mkdtemp(prefix="chatkit-forge-motor-"))
    for path, text in rendered(
        replace(options("mongodb"), package=PACKAGE, driver="motor")
    ).texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    return importlib.import_module(f"motored.stores.{name}")


def make(at: str, **options: Any) -> Any:
    return module("mongodb").MongodbStore(at, **options)


@pytest.mark.server
class TestMotor(Concurrency[Context], Lifecycle[Context]):
    """Hold the parts of the contract that depend on the driver."""

    def make_store(self) -> Store[Context]:
        """Return a store on the given server."""
        return make(url("mongodb"), table_prefix=PREFIX)

    def make_context(self, owner: str) -> Context:
        """Return the context of a request by this owner."""
        return {"user_id": owner}


@on_server
async def test_a_server_that_is_down_is_unavailable_in_time(scene: Scene) -> None:
    """Carry the connect timeout into the driver's threads."""
    started = time.monotonic()
    with pytest.raises(module("errors").StoreUnavailable, match="MongoDB failed: "):
        await make(url_at(free_port()), connect_timeout=0.5).connect()
    assert 0.4 < time.monotonic() - started < 3


@on_server
async def test_a_statement_that_takes_too_long_is_stopped(scene: Scene) -> None:
    """Carry the statement timeout into the driver's threads, and to the server."""
    at = f"{url('mongodb')}&appName={scene.prefix}"
    async with (
        scene.opened(),
        make(at, table_prefix=scene.prefix, statement_timeout=1) as store,
    ):
        async with scene.locked():
            started = time.monotonic()
            with pytest.raises(module("errors").StoreUnavailable, match="MongoDB failed: "):
                await store.save_thread(thread(title="late"), ALICE)
            assert 0.9 < time.monotonic() - started < 4
            await scene.until(False, ns={"$regex": "threads$"}, active=True)
        assert (await store.load_thread("thr_1", ALICE)).title is None


@on_server
async def test_a_cancelled_caller_leaves_no_open_transaction(scene: Scene) -> None:
    """Let no cancelled caller end a transaction that a thread of the driver is busy with."""
    at = f"{url('mongodb')}&appName={scene.prefix}"
    async with make(at, table_prefix=scene.prefix, pool_size=3) as store:
        await store.save_thread(thread(), ALICE)
        for n in range(40):
            with anyio.move_on_after(n * 0.0005):
                await store.add_thread_item("thr_1", item(f"itm_{n}"), ALICE)
        await store.close()
        assert await scene.open_transactions() == []
        stored = await scene.rows("items").count_documents({})
        [thread_row] = await scene.rows("threads").find().to_list()
        assert thread_row["last_seq"] == stored
        await asyncio.wait_for(store.add_thread_item("thr_1", item("itm_last"), ALICE), 5)
