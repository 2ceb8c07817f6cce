"""What MysqlStore does when its server, its neighbours or its callers misbehave."""

import asyncio
import socket
import time

import pytest

from ..servers.processes import free_port
from .mysql import ALICE, Scene, errors, item, on_servers, pool_of, thread
from .mysql_wire import wire_to


@on_servers
async def test_a_server_that_is_down_is_unavailable_at_once(scene: Scene) -> None:
    """Report a refused connection without waiting for any timeout."""
    started = time.monotonic()
    with pytest.raises(errors.StoreUnavailable, match=r"No login to MySQL at .*: error 2003"):
        await scene.make(port=free_port()).connect()
    assert time.monotonic() - started < 2


@on_servers
async def test_a_silent_server_keeps_nobody_waiting(scene: Scene) -> None:
    """Give up after the timeouts on a server that says nothing, however many are waiting."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = scene.make("connect_timeout=1", port=port, acquire_timeout=0.5)
        started = time.monotonic()
        loads = [store.load_thread("thr_1", ALICE) for _ in range(20)]
        outcomes = await asyncio.gather(*loads, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {errors.StoreUnavailable}
        assert 0.9 < time.monotonic() - started < 4


@on_servers
async def test_an_exhausted_pool_is_unavailable_in_time(scene: Scene) -> None:
    """Give up after the acquire timeout while the only connection waits for a lock."""
    async with (
        scene.opened(pool_size=1, acquire_timeout=0.3) as store,
        asyncio.TaskGroup() as tasks,
    ):
        async with scene.locked("threads"):
            blocked = tasks.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            await scene.waiting()
            started = time.monotonic()
            with pytest.raises(errors.StoreUnavailable, match=r"No connection free after 0\.3 s"):
                await store.load_thread("thr_1", ALICE)
            assert 0.25 < time.monotonic() - started < 2
        await blocked
        assert (await store.load_item("thr_1", "itm_1", ALICE)).id == "itm_1"


@on_servers
async def test_a_statement_that_takes_too_long_is_abandoned(scene: Scene) -> None:
    """Stop waiting for an answer after the statement timeout; what was abandoned has no effect."""
    async with scene.opened(pool_size=1, statement_timeout=0.5) as store:
        await scene.sql("LOCK TABLES chatkit_threads WRITE")
        [session] = await scene.sessions()
        started = time.monotonic()
        with pytest.raises(errors.StoreUnavailable, match=r"No answer after 0\.5 s"):
            await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        assert 0.4 < time.monotonic() - started < 2
        await scene.sql("UNLOCK TABLES")
        await scene.gone(session)
        # Not even the first of its statements.
        assert await scene.sql("SELECT last_seq FROM chatkit_threads") == ((0,),)
        page = await store.load_thread_items("thr_1", None, 20, "asc", ALICE)
        assert page.data == []
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)


@on_servers
async def test_a_frozen_network_is_unavailable_in_time(scene: Scene) -> None:
    """Give up on a server that is out of reach but has not closed its connections."""
    async with (
        wire_to(scene.server) as wire,
        scene.opened(port=wire.port, statement_timeout=0.5) as store,
    ):
        wire.open.clear()
        with pytest.raises(errors.StoreUnavailable, match=r"No answer after 0\.5 s"):
            await store.load_thread("thr_1", ALICE)
        wire.open.set()
        assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@on_servers
async def test_a_row_that_stays_locked_is_unavailable_in_time(scene: Scene) -> None:
    """Wait for a locked row no longer than a statement may take, all attempts together."""
    async with scene.opened(statement_timeout=5) as store, scene.locked("threads"):
        started = time.monotonic()
        with pytest.raises(errors.StoreUnavailable, match="MySQL failed: error 1205"):
            await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        # InnoDB looks at its clock once a second.
        assert 4 < time.monotonic() - started < 14


@on_servers
async def test_a_lock_wait_timeout_is_tried_again(scene: Scene) -> None:
    """Go on when a row is free again before the last attempt."""
    async with scene.opened(statement_timeout=5) as store:
        async with scene.locked("threads"):
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            first = await scene.waiting()
            await scene.waiting(but=first)
        await adding
        assert await store.load_item("thr_1", "itm_1", ALICE) == item("itm_1")


@on_servers
async def test_connections_that_the_server_ended_are_replaced(scene: Scene) -> None:
    """Work on after the server ended every idle connection."""
    async with scene.opened(pool_size=8) as store:
        await asyncio.gather(*(store.load_thread("thr_1", ALICE) for _ in range(40)))
        ended = await scene.sessions()
        # More than there are attempts: a dead connection must not be tried after another.
        assert 5 < len(ended) <= 8
        for session in ended:
            await scene.sql("KILL %s", session)
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        await asyncio.gather(*(store.load_item("thr_1", "itm_1", ALICE) for _ in range(40)))
        assert not ended & await scene.sessions()


@on_servers
async def test_connections_that_were_torn_are_replaced(scene: Scene) -> None:
    """Work on after the network reset every idle connection."""
    async with wire_to(scene.server) as wire, scene.opened(port=wire.port) as store:
        await asyncio.gather(*(store.load_thread("thr_1", ALICE) for _ in range(40)))
        wire.cut()
        await scene.left()
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        assert await store.load_item("thr_1", "itm_1", ALICE) == item("itm_1")


@on_servers
async def test_a_connection_lost_in_mid_operation_is_replaced(scene: Scene) -> None:
    """Run an operation again whose connection the server ended while it waited."""
    async with scene.opened() as store:
        async with scene.locked("threads"):
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            first = await scene.waiting()
            await scene.sql("KILL %s", first)
            await scene.waiting(but=first)
        await adding
        assert await store.load_item("thr_1", "itm_1", ALICE) == item("itm_1")


@on_servers
async def test_a_lost_confirmation_repeats_nothing(scene: Scene) -> None:
    """Store an item once whose COMMIT was carried out, but never confirmed."""
    async with wire_to(scene.server) as wire, scene.opened(port=wire.port) as store:
        wire.cut_after = b"COMMIT"
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        assert wire.cut_after == b""
        await store.add_thread_item("thr_1", item("itm_2"), ALICE)
        page = await store.load_thread_items("thr_1", None, 20, "asc", ALICE)
        assert [each.id for each in page.data] == ["itm_1", "itm_2"]


@on_servers
async def test_a_deadlock_is_tried_again(scene: Scene) -> None:
    """Come out of a real deadlock, in which the server chose the store's statement to fail."""
    async with scene.opened() as store:
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        await scene.sql("CREATE TABLE ballast (n INT PRIMARY KEY)")
        before = await scene.sql("SELECT last_seq FROM chatkit_threads")
        async with scene.locked("items"):
            # The server fails the one that has changed fewer rows.
            await scene.sql("INSERT INTO ballast VALUES " + ",".join(f"({n})" for n in range(99)))
            # It holds the thread's row now and waits for the item's.
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1", "y"), ALICE))
            failed = await scene.waiting()
            await scene.sql("SELECT 1 FROM chatkit_threads FOR UPDATE")
            await scene.gone(failed)
            assert not adding.done()
        await adding
        assert await store.load_item("thr_1", "itm_1", ALICE) == item("itm_1", "y")
        assert (await scene.sql("SELECT last_seq - %s FROM chatkit_threads", before[0][0])) == (
            (1,),
        )


@on_servers
async def test_a_cancelled_operation_has_no_effect(scene: Scene) -> None:
    """Leave nothing half written and the pool in order when the caller goes away."""
    async with scene.opened(pool_size=1) as store:
        async with scene.locked("owners"):
            saving = asyncio.create_task(store.save_thread(thread("thr_2"), ALICE))
            session = await scene.waiting()
            saving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await saving
            assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"
        await scene.gone(session)
        # Not even the first of its statements.
        assert await scene.sql("SELECT last_seq FROM chatkit_owners") == ((1,),)
        page = await store.load_threads(20, None, "asc", ALICE)
        assert [each.id for each in page.data] == ["thr_1"]
        await store.save_thread(thread("thr_2"), ALICE)


@on_servers
async def test_many_tasks_that_connect_at_once_open_one_connection(scene: Scene) -> None:
    """Open the database and look at its tables once for all who ask, at that moment or later."""
    async with wire_to(scene.server) as wire, scene.make(port=wire.port) as store:
        await store.close()
        wire.sent.clear()
        await asyncio.gather(*(store.connect() for _ in range(50)))
        await store.connect()
        assert len(await scene.sessions()) == 1
        assert wire.sent.count(b"SELECT version") == 1


@on_servers
async def test_a_closed_store_opens_again(scene: Scene) -> None:
    """Close every connection, that of a running operation when it ends, and connect anew."""
    async with scene.opened(pool_size=3) as store:
        async with scene.locked("threads"):
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            lent = await scene.waiting()
            await asyncio.gather(*(store.load_thread("thr_1", ALICE) for _ in range(9)))
            # Held, so that closing is the store's doing and not the garbage collector's.
            held = list(pool_of(store)._idle)
            await store.close()
            await store.close()
            await scene.left(lent)
        await adding
        await scene.left()
        assert len(held) == 2
        assert await store.load_item("thr_1", "itm_1", ALICE) == item("itm_1")
        assert len(await scene.sessions()) == 1


@on_servers
async def test_what_waits_when_the_store_is_closed_leaves_no_connection(scene: Scene) -> None:
    """Serve reads that wait for a turn while the store is closed, and keep no connection."""
    async with scene.opened(pool_size=2) as store:
        reads = [asyncio.create_task(store.load_thread("thr_1", ALICE)) for _ in range(20)]
        await asyncio.sleep(0)
        await store.close()
        assert {read.id for read in await asyncio.gather(*reads)} == {"thr_1"}
        async with asyncio.timeout(5):
            await scene.left()


@on_servers
async def test_closing_is_quiet_when_the_server_has_gone(scene: Scene) -> None:
    """Close connections that the server has ended before."""
    async with scene.opened() as store:
        for session in await scene.sessions():
            await scene.sql("KILL %s", session)
        await scene.left()
        await store.close()
    async with wire_to(scene.server) as wire, scene.opened(port=wire.port):
        wire.cut()


@on_servers
async def test_other_errors_of_the_server_are_told_by_number(scene: Scene) -> None:
    """Report what the server refuses, once, without its words: they may quote a message."""
    async with wire_to(scene.server) as wire, scene.opened(port=wire.port) as store:
        await scene.sql("RENAME TABLE chatkit_items TO elsewhere")
        with pytest.raises(errors.StoreUnavailable) as raised:
            await store.add_thread_item("thr_1", item("itm_1", "a secret"), ALICE)
        assert str(raised.value) == "MySQL failed: error 1146"
        assert (raised.value.__cause__, raised.value.__suppress_context__) == (None, True)
        assert wire.sent.count(b"INSERT INTO chatkit_items") == 1
        # It may be in the middle of anything, so it is not used again.
        await scene.left()
        await scene.sql("RENAME TABLE elsewhere TO chatkit_items")
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
