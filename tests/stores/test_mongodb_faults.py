"""What MongodbStore does when its server, its neighbours or its callers misbehave."""

import asyncio
import logging
import socket
import time
import traceback
from collections.abc import Awaitable
from urllib.parse import quote, unquote, urlsplit

import anyio
import pytest
from chatkit.store import NotFoundError

from ..servers.processes import free_port
from ..servers.urls import url
from .mongodb import ALICE, Scene, errors, item, on_server, thread, url_at
from .tcp_proxy import proxy


def server_port() -> int:
    return urlsplit(url("mongodb")).port or 0


@on_server
async def test_a_server_that_is_down_is_unavailable_in_time(scene: Scene) -> None:
    """Report a refused connection after the connect timeout, in which an election may end."""
    started = time.monotonic()
    with pytest.raises(
        errors.StoreUnavailable, match=r"MongoDB failed: .*(Connect call failed|refused)"
    ):
        await scene.make(url_at(free_port()), connect_timeout=0.5).connect()
    assert 0.4 < time.monotonic() - started < 3


@on_server
async def test_a_server_that_is_silent_is_unavailable_in_time(scene: Scene) -> None:
    """Give up after the connect timeout on a server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(errors.StoreUnavailable, match="MongoDB failed: "):
            await scene.make(url_at(silent.getsockname()[1]), connect_timeout=0.5).connect()
        assert 0.4 < time.monotonic() - started < 3


@on_server
async def test_many_tasks_do_not_wait_for_a_silent_server_one_by_one(scene: Scene) -> None:
    """Give up on the turn to connect as well, when the ones before got nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = url_at(silent.getsockname()[1])
        store = scene.make(at, connect_timeout=1, acquire_timeout=0.5)
        started = time.monotonic()
        loads = (store.load_thread("thr_1", ALICE) for _ in range(8))
        outcomes = await asyncio.gather(*loads, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {errors.StoreUnavailable}
        assert time.monotonic() - started < 4


@on_server
async def test_a_wrong_password_is_named_nowhere(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Say that the login was refused, without the password in any error, repr or log line."""
    caplog.set_level(logging.DEBUG)
    right, secret = urlsplit(url("mongodb")).password or "", "hunter2/@:"
    wrong = url("mongodb").replace(f":{right}@", f":{quote(secret, safe='')}@")
    store = scene.make(wrong)
    with pytest.raises(errors.StoreUnavailable, match="Authentication failed") as caught:
        await store.connect()
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    told += f"{store!r} {vars(store)!r}"
    for words in (secret, quote(secret, safe=""), "hunter2", right, unquote(right)):
        assert words not in told


@on_server
async def test_an_exhausted_pool_is_unavailable_in_time(scene: Scene) -> None:
    """Give up after the acquire timeout while the only turn is taken by a blocked write."""
    async with (
        scene.opened(pool_size=1, acquire_timeout=0.3) as store,
        asyncio.TaskGroup() as tasks,
    ):
        async with scene.locked():
            blocked = tasks.create_task(store.save_thread(thread(title="new"), ALICE))
            await scene.until(ns={"$regex": "threads$"}, active=True)
            started = time.monotonic()
            with pytest.raises(errors.StoreUnavailable, match=r"No connection free after 0\.3 s"):
                await store.load_thread("thr_1", ALICE)
            assert 0.25 < time.monotonic() - started < 2
        await blocked
        assert (await store.load_thread("thr_1", ALICE)).title == "new"


@on_server
async def test_a_statement_that_takes_too_long_is_stopped(scene: Scene) -> None:
    """Stop waiting for a locked row after the statement timeout, at the server too."""
    async with scene.opened(), scene.make(pool_size=1, statement_timeout=1) as store:
        async with scene.locked():
            started = time.monotonic()
            with pytest.raises(errors.StoreUnavailable, match="MongoDB failed: "):
                await store.save_thread(thread(title="late"), ALICE)
            assert 0.9 < time.monotonic() - started < 4
            await scene.until(False, ns={"$regex": "threads$"}, active=True)
        assert (await store.load_thread("thr_1", ALICE)).title is None
        await store.save_thread(thread(title="next"), ALICE)


@on_server
async def test_a_transaction_that_meets_another_is_tried_again(scene: Scene) -> None:
    """Come out of a real write conflict once the other transaction has ended."""
    async with scene.opened() as store:
        async with scene.locked():
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            await asyncio.sleep(0.3)
            assert not adding.done()
        await adding
        assert (await store.load_item("thr_1", "itm_1", ALICE)).id == "itm_1"


@on_server
async def test_attempts_are_bounded(scene: Scene) -> None:
    """Give up at the statement timeout when the other transaction does not end."""
    async with scene.opened(), scene.make(statement_timeout=1) as store:
        async with scene.locked():
            started = time.monotonic()
            with pytest.raises(errors.StoreUnavailable, match="MongoDB failed: "):
                await store.add_thread_item("thr_1", item("itm_1"), ALICE)
            assert time.monotonic() - started < 15
            assert await scene.open_transactions() == []
        await store.add_thread_item("thr_1", item("itm_2"), ALICE)
        page = await store.load_thread_items("thr_1", None, 20, "asc", ALICE)
        assert [row.id for row in page.data] == ["itm_2"]


@on_server
async def test_connections_that_were_dropped_are_replaced(scene: Scene) -> None:
    """Work on after every idle connection was cut."""
    async with (
        proxy(server_port()) as between,
        scene.opened(url_at(between.port), pool_size=4) as store,
    ):
        for _ in range(3):
            await asyncio.gather(*(store.load_thread("thr_1", ALICE) for _ in range(20)))
            assert between.sever() > 1
            await store.add_thread_item("thr_1", item("itm_1"), ALICE)
            between.sever()
            await store.save_thread(thread(title="new"), ALICE)
            between.sever()
            assert (await store.load_thread("thr_1", ALICE)).title == "new"
            between.sever()
            await store.delete_thread_item("thr_1", "itm_1", ALICE)


@pytest.mark.parametrize("deliver", [False, True])
@pytest.mark.parametrize(
    ("words", "cuts"),
    [(b"findAndModify", 1), (b"update", 1), (b"commitTransaction", 1), (b"commitTransaction", 3)],
)
@on_server
async def test_an_answer_lost_in_mid_transaction_is_made_good(
    scene: Scene, words: bytes, cuts: int, deliver: bool
) -> None:
    """Cut connections at each step of an add, before and after the server got it, once or more."""
    async with (
        proxy(server_port()) as between,
        scene.opened(url_at(between.port)) as store,
    ):
        between.cut_at, between.deliver, between.cuts_left = words, deliver, cuts
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        assert between.cuts_left == 0
        assert (await store.load_item("thr_1", "itm_1", ALICE)).id == "itm_1"
        # Nothing is left that would block the next writer.
        assert await scene.open_transactions() == []
        await asyncio.wait_for(store.add_thread_item("thr_1", item("itm_2"), ALICE), 2)


@on_server
async def test_a_cancelled_caller_leaves_no_open_transaction(scene: Scene) -> None:
    """Cancel as web servers do, again at every await: nothing half done, nothing locked."""
    async with scene.opened(pool_size=3) as store:
        for round_ in range(10):
            async with asyncio.TaskGroup() as tasks:
                for n in range(8):
                    adding = store.add_thread_item("thr_1", item(f"itm_{round_}_{n}"), ALICE)
                    tasks.create_task(_for_a_while(adding, (round_ + n) * 0.002))
        await store.close()
        assert await scene.open_transactions() == []
        stored = [row["id"] async for row in scene.rows("items").find()]
        thread_row = await scene.rows("threads").find_one()
        assert thread_row is not None
        assert thread_row["last_seq"] == len(stored)


async def _for_a_while(work: Awaitable[None], seconds: float) -> None:
    with anyio.move_on_after(seconds):
        await work


@on_server
async def test_many_tasks_at_once_open_one_client(scene: Scene) -> None:
    """Let fifty tasks connect and read at once: no more connections than the pool may have."""
    store = scene.make(pool_size=3)
    await asyncio.gather(*(store.connect() for _ in range(50)))
    await store.save_thread(thread(), ALICE)
    await asyncio.gather(*(store.load_thread("thr_1", ALICE) for _ in range(50)))
    used = {row["connectionId"] for row in await scene.operations(type="op")}
    # The driver has two more to watch the server.
    assert 1 < len(used) <= 3 + 2
    await store.close()


@on_server
async def test_closing_on_a_silent_network_ends(scene: Scene) -> None:
    """Close without a word when the server cannot be told, and connect anew on the next use."""
    async with (
        proxy(server_port()) as network,
        scene.opened(url_at(network.port), connect_timeout=1) as store,
    ):
        network.silent = True
        started = time.monotonic()
        async with asyncio.timeout(10):
            await store.close()
        assert time.monotonic() - started < 4
        network.silent = False
        assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@on_server
async def test_a_write_on_a_silent_network_is_unavailable_in_time(scene: Scene) -> None:
    """Start no further attempt when the statement timeout is over."""
    async with (
        proxy(server_port()) as network,
        scene.opened(url_at(network.port), connect_timeout=1, statement_timeout=1) as store,
    ):
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        network.silent = True
        started = time.monotonic()
        with pytest.raises(errors.StoreUnavailable, match="timed out"):
            await store.add_thread_item("thr_1", item("itm_2"), ALICE)
        assert time.monotonic() - started < 3


@on_server
async def test_close_during_use_and_use_after_close(scene: Scene) -> None:
    """Finish what is under way when the store is closed, and connect again on the next use."""
    async with scene.opened(pool_size=3) as store:
        writes = [store.add_thread_item("thr_1", item(f"itm_{n}"), ALICE) for n in range(20)]
        await asyncio.gather(*writes, store.close())
        page = await store.load_thread_items("thr_1", None, 200, "asc", ALICE)
        assert len(page.data) == 20
        await store.close()
        await store.close()
        assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@on_server
async def test_adding_while_deleting_leaves_no_orphan(scene: Scene) -> None:
    """Race adds against a delete fifty times: what stays has its thread."""
    async with scene.opened() as one, scene.opened() as two:
        for number in range(50):
            name = f"thr_{number}"
            await one.save_thread(thread(name), ALICE)
            adds = [
                store.add_thread_item(name, item(f"itm_{n}", thread_id=name), ALICE)
                for n, store in enumerate((one, two, one, two))
            ]
            # Each race is begun a little later than the one before.
            delete = _later(two.delete_thread(name, ALICE), number * 0.0003)
            for outcome in await asyncio.gather(*adds, delete, return_exceptions=True):
                assert outcome is None or isinstance(outcome, NotFoundError)
        assert await scene.rows("items").count_documents({}) == 0


async def _later(work: Awaitable[None], seconds: float) -> None:
    await asyncio.sleep(seconds)
    await work
