"""What PostgresStore does when its server, its neighbours or its callers misbehave."""

import asyncio
import socket
import time
import traceback
import uuid
from typing import Any

import pytest

from ..servers.processes import free_port
from .postgres import (
    ALICE,
    DEADLOCK,
    WAITING,
    Scene,
    connect,
    errors,
    item,
    on_server,
    postgres,
    thread,
    url_at,
)


@on_server
async def test_a_server_that_is_down_is_unavailable_at_once(scene: Scene) -> None:
    """Report a refused connection without waiting for any timeout."""
    started = time.monotonic()
    with pytest.raises(errors.StoreUnavailable, match=r"PostgreSQL failed: .*Connect call failed"):
        await postgres.PostgresStore(url_at(free_port())).connect()
    assert time.monotonic() - started < 2


@on_server
async def test_a_server_that_is_silent_is_unavailable_in_time(scene: Scene) -> None:
    """Give up after the connect timeout on a server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(errors.StoreUnavailable, match="No answer in time"):
            await postgres.PostgresStore(
                url_at(silent.getsockname()[1], "?connect_timeout=1")
            ).connect()
        assert 0.9 < time.monotonic() - started < 3


@on_server
async def test_a_failure_quotes_no_message(scene: Scene) -> None:
    """Report a row that the server refuses without the row, which the server quotes."""
    async with scene.opened() as store:
        await scene.other.execute(
            f"ALTER TABLE {scene.prefix}threads"
            " ADD CONSTRAINT short CHECK (length(data) < 10) NOT VALID"
        )
        title = uuid.uuid4().hex
        with pytest.raises(errors.StoreUnavailable, match=r'check constraint "short"$') as caught:
            await store.save_thread(thread(title=title), ALICE)
        refused = caught.value.__context__
        assert title in str(refused), "the server quotes it, but"
        assert title not in "".join(traceback.format_exception(caught.value))


@on_server
async def test_an_exhausted_pool_is_unavailable_in_time(scene: Scene) -> None:
    """Give up after the acquire timeout while the only connection waits for a lock."""
    async with (
        scene.opened(pool_size=1, acquire_timeout=0.3) as store,
        asyncio.TaskGroup() as tasks,
    ):
        async with scene.locked("threads"):
            blocked = tasks.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            await scene.until(WAITING)
            started = time.monotonic()
            with pytest.raises(errors.StoreUnavailable, match=r"No connection free after 0\.3 s"):
                await store.load_thread("thr_1", ALICE)
            assert 0.25 < time.monotonic() - started < 2
        await blocked
        assert (await store.load_item("thr_1", "itm_1", ALICE)).id == "itm_1"


@on_server
async def test_a_statement_that_takes_too_long_is_stopped(scene: Scene) -> None:
    """Stop waiting for a locked row after the statement timeout, at the server too."""
    async with scene.opened(pool_size=1, statement_timeout=0.3) as store:
        async with scene.locked("threads"):
            with pytest.raises(errors.StoreUnavailable, match="No answer in time"):
                await store.add_thread_item("thr_1", item("itm_1"), ALICE)
            assert await scene.sessions(WAITING) == []
        page = await store.load_thread_items("thr_1", None, 20, "asc", ALICE)
        assert page.data == []
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)


@on_server
async def test_connections_that_the_server_ended_are_replaced(scene: Scene) -> None:
    """Work on after the server ended every idle connection."""
    async with scene.opened(pool_size=4) as store:
        loads = [store.load_thread("thr_1", ALICE) for _ in range(20)]
        await asyncio.gather(*loads)
        ended = await scene.sessions()
        assert 1 < len(ended) <= 4
        await scene.other.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", ended
        )
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        await asyncio.gather(*(store.load_item("thr_1", "itm_1", ALICE) for _ in range(20)))
        assert not set(ended) & set(await scene.sessions())


@on_server
async def test_a_connection_lost_in_mid_operation_is_replaced(scene: Scene) -> None:
    """Run a statement again whose connection the server ended while it waited."""
    async with scene.opened() as store:
        async with scene.locked("threads"):
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            [first] = await scene.until(WAITING)
            await scene.other.execute("SELECT pg_terminate_backend($1)", first)
            await scene.until(f"{WAITING} AND pid <> {first}")
        await adding
        assert (await store.load_item("thr_1", "itm_1", ALICE)).id == "itm_1"


@on_server
async def test_a_deadlock_is_tried_again(scene: Scene) -> None:
    """Come out of a real deadlock, in which the server chose the store's statement to fail."""
    async with scene.opened() as store:
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        for text in "abcde":
            async with scene.locked("items"):
                # It holds the thread's row now and waits for the item's.
                writing = store.add_thread_item("thr_1", item("itm_1", text), ALICE)
                adding = asyncio.create_task(writing)
                await scene.until(WAITING)
                try:
                    # The server fails the first to have waited for a second: not this one, unless
                    # the machine took a second to come here.
                    await scene.other.execute(f"SELECT 1 FROM {scene.prefix}threads FOR UPDATE")
                    failed = "the store's"
                except DEADLOCK:
                    failed = "ours"
            await adding
            assert await store.load_item("thr_1", "itm_1", ALICE) == item("itm_1", text)
            if failed == "the store's":
                return
        pytest.fail("five deadlocks, and the server never chose the store's statement")


@on_server
async def test_a_conflict_between_transactions_is_tried_again(scene: Scene) -> None:
    """Come out of a real serialization failure, where the database's default is strict."""
    strict = "options=-c%20default_transaction_isolation=serializable"
    async with scene.opened(strict) as store:
        async with scene.other.transaction():
            await scene.other.execute(f"UPDATE {scene.prefix}threads SET last_seq = last_seq + 1")
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            await scene.until(WAITING)
        await adding
        assert (await store.load_item("thr_1", "itm_1", ALICE)).id == "itm_1"


@pytest.mark.parametrize("code", ["40001", "40P01"])
@pytest.mark.parametrize(("failures", "tries"), [(4, 5), (5, 5)])
@on_server
async def test_tries_are_bounded(scene: Scene, code: str, failures: int, tries: int) -> None:
    """Try five times in all, then report the database as unavailable."""
    name = f"{scene.prefix}conflict"
    async with scene.opened() as store:
        # A sequence counts on when transactions fail.
        await scene.other.execute(f"CREATE SEQUENCE {name}_seq")
        await scene.other.execute(
            f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('{name}_seq') <= {failures} THEN
                RAISE EXCEPTION 'conflict' USING ERRCODE = '{code}';
            END IF; RETURN NEW; END $$"""
        )
        await scene.other.execute(
            f"CREATE TRIGGER conflict BEFORE INSERT ON {scene.prefix}items"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        try:
            adding = store.add_thread_item("thr_1", item("itm_1"), ALICE)
            if failures < tries:
                await adding
            else:
                with pytest.raises(errors.StoreUnavailable, match="PostgreSQL failed: conflict"):
                    await adding
            assert await scene.other.fetchval(f"SELECT last_value FROM {name}_seq") == tries
        finally:
            await scene.other.execute(f"DROP FUNCTION {name} CASCADE")


@on_server
async def test_a_failure_that_does_not_pass_is_not_tried_again(scene: Scene) -> None:
    """Report a table that somebody dropped at once."""
    async with scene.opened() as store:
        await scene.other.execute(f"DROP TABLE {scene.prefix}items")
        lent, runs = store._pool._lent, list[str]()

        def counted() -> Any:
            runs.append("once more")
            return lent()

        store._pool._lent = counted
        with pytest.raises(errors.StoreUnavailable, match=f'"{scene.prefix}items" does not exist'):
            await store.load_item("thr_1", "itm_1", ALICE)
        assert len(runs) == 1


@on_server
async def test_a_cancelled_write_leaves_nothing_half_done(scene: Scene) -> None:
    """Cancel a write that waits for a lock: the server forgets it, the connection serves on."""
    async with scene.opened(pool_size=1) as store:
        async with scene.locked("threads"):
            adding = asyncio.create_task(store.add_thread_item("thr_1", item("itm_1"), ALICE))
            [session] = await scene.until(WAITING)
            adding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await adding
        assert (await store.load_thread_items("thr_1", None, 20, "asc", ALICE)).data == []
        assert await scene.other.fetchval(f"SELECT last_seq FROM {scene.prefix}threads") == 0
        assert await scene.sessions() == [session]


@on_server
async def test_cancelled_writes_leave_whole_items_and_a_usable_store(scene: Scene) -> None:
    """Cancel many writes in mid-flight: each item is there or not, and the store goes on."""
    async with scene.opened(pool_size=2, acquire_timeout=2) as store:
        for steps in range(0, 40, 2):
            ids = [f"itm_{steps}_{n}" for n in range(4)]
            tasks = [
                asyncio.create_task(store.add_thread_item("thr_1", item(each), ALICE))
                for each in ids
            ]
            # Each round is cut a few steps of the event loop later than the one before.
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await store.add_thread_item("thr_1", item("itm_last"), ALICE)
        page = await store.load_thread_items("thr_1", None, 200, "asc", ALICE)
        assert page.data[-1].id == "itm_last"
        counted = await scene.other.fetchval(f"SELECT last_seq FROM {scene.prefix}threads")
        assert counted >= len(page.data)
        assert len(await scene.sessions()) <= 2


@on_server
async def test_many_tasks_at_once_open_one_pool(scene: Scene) -> None:
    """Let fifty tasks connect and read at once: no more connections than the pool may have."""
    store = scene.make(pool_size=3)
    await asyncio.gather(*(store.connect() for _ in range(50)))
    assert len(await scene.sessions()) == 1
    await store.save_thread(thread(), ALICE)
    await asyncio.gather(*(store.load_thread("thr_1", ALICE) for _ in range(50)))
    assert 1 < len(await scene.sessions()) <= 3
    await store.close()


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
        await store.close()
        await scene.until("TRUE", count=0)


@on_server
async def test_close_waits_for_what_waits_for_a_connection(scene: Scene) -> None:
    """Let a write that has no connection yet when the store is closed run to its end as well."""
    store = scene.make(pool_size=1)
    async with asyncio.TaskGroup() as tasks:
        await store.save_thread(thread(), ALICE)
        await store.save_thread(thread("thr_2"), ALICE)
        later = await connect()
        async with later.transaction():
            await later.execute(
                f"SELECT 1 FROM {scene.prefix}threads WHERE id = 'thr_2' FOR UPDATE"
            )
            async with scene.other.transaction():
                await scene.other.execute(
                    f"SELECT 1 FROM {scene.prefix}threads WHERE id = 'thr_1' FOR UPDATE"
                )
                tasks.create_task(store.save_thread(thread("thr_1", "first"), ALICE))
                await scene.until(WAITING)
                tasks.create_task(store.save_thread(thread("thr_2", "second"), ALICE))
                tasks.create_task(store.close())
            # The first is done; the second waits for its own row by now.
            await scene.until(WAITING)
        await later.close()
    # Closed is closed: nothing connected again behind its back.
    await scene.until("TRUE", count=0)
    async with scene.make() as store:
        titles = [row.title for row in (await store.load_threads(9, None, "asc", ALICE)).data]
        assert titles == ["first", "second"]


@on_server
async def test_use_after_close_looks_at_the_schema_again(scene: Scene) -> None:
    """Make the tables anew when somebody dropped them while the store was closed."""
    async with scene.opened() as store:
        await store.close()
        await scene.drop()
        assert (await store.load_threads(9, None, "asc", ALICE)).data == []
