"""What SqliteStore does when its file, its neighbours or its callers misbehave."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from chatkit.types import HiddenContextItem, ThreadMetadata

from ..staged import store_module
from .at_once import open_at_once

NOON = datetime(2026, 1, 1, 12)
ALICE = {"user_id": "alice"}
sqlite = store_module("sqlite")
errors = store_module("errors")


def item(item_id: str) -> HiddenContextItem:
    return HiddenContextItem(id=item_id, thread_id="thr_1", created_at=NOON, content="x")


def connection_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if "_connection_worker" in each.name]


def run(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


@asynccontextmanager
async def opened(path: Path, **options: Any) -> AsyncGenerator[Any, None]:
    """Lend a store on this file that has one thread."""
    async with sqlite.SqliteStore(f"sqlite:///{path}", **options) as store:
        await store.save_thread(ThreadMetadata(id="thr_1", created_at=NOON), ALICE)
        yield store


def test_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    """Let eight processes connect to files that do not exist, all at the same moment."""
    urls = [f"sqlite:///{tmp_path / str(number)}.db" for number in range(15)]
    open_at_once(8, "sqlite", urls, tmp_path)


def test_stores_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    """Let ten stores, each with a thread of its own, open the same new file, thirty times over."""

    async def play() -> None:
        for round_ in range(30):
            url = f"sqlite:///{tmp_path / str(round_)}.db"
            stores = [sqlite.SqliteStore(url) for _ in range(10)]
            await asyncio.gather(*(store.connect() for store in stores))
            await asyncio.gather(*(store.close() for store in stores))

    run(play)


def test_a_locked_file_is_unavailable_and_then_available(tmp_path: Path) -> None:
    """Give up when another process holds the write lock too long; work once it lets go."""

    async def play() -> None:
        async with opened(tmp_path / "x.db", acquire_timeout=0.2) as store:
            other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(errors.StoreUnavailable, match="locked"):
                await store.add_thread_item("thr_1", item("itm_1"), ALICE)
            # Readers do not wait for a writer.
            assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"
            other.execute("ROLLBACK")
            other.close()
            await store.add_thread_item("thr_1", item("itm_1"), ALICE)

    run(play)


def test_a_writer_that_waits_too_long_for_its_turn_is_told(tmp_path: Path) -> None:
    """Bound the wait for the single writer, while its holder is stuck behind another process."""

    async def play() -> None:
        async with opened(tmp_path / "x.db", acquire_timeout=0.3, statement_timeout=5) as store:
            other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            writes = [store.add_thread_item("thr_1", item(f"itm_{n}"), ALICE) for n in range(3)]
            results = await asyncio.gather(*writes, return_exceptions=True)
            assert {type(result) for result in results} == {errors.StoreUnavailable}
            assert any("No connection free" in str(result) for result in results)
            other.close()

    run(play)


def test_a_statement_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    """Interrupt a read that never ends, and go on with a fresh connection."""

    async def play() -> None:
        async with opened(tmp_path / "x.db", statement_timeout=0.2) as store:
            endless = (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                "SELECT count(*) FROM n"
            )
            with pytest.raises(errors.StoreUnavailable, match=r"No answer after 0\.2 s"):
                await store._read(endless, ())
            assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"

    run(play)


def test_cancelled_writes_leave_whole_items_and_a_usable_store(tmp_path: Path) -> None:
    """Cancel many writes in mid-flight: each item is there or not, and the store goes on."""

    async def play() -> None:
        async with opened(tmp_path / "x.db") as store:
            for round_ in range(20):
                ids = [f"itm_{round_}_{n}" for n in range(4)]
                tasks = [
                    asyncio.create_task(store.add_thread_item("thr_1", item(each), ALICE))
                    for each in ids
                ]
                # Each round is cut a few steps of the event loop later than the one before.
                for _ in range(round_ * 2):
                    await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            await store.add_thread_item("thr_1", item("itm_last"), ALICE)
            page = await store.load_thread_items("thr_1", None, 200, "asc", ALICE)
            assert page.data[-1].id == "itm_last"

    run(play)


def test_close_during_use_and_use_after_close(tmp_path: Path) -> None:
    """Finish what is under way when the store is closed, and connect again on the next use."""

    async def play() -> None:
        async with opened(tmp_path / "x.db") as store:
            writes = [store.add_thread_item("thr_1", item(f"itm_{n}"), ALICE) for n in range(20)]
            await asyncio.gather(*writes, store.close())
            page = await store.load_thread_items("thr_1", None, 200, "asc", ALICE)
            assert len(page.data) == 20
        for thread in connection_threads():
            thread.join(timeout=5)
        assert connection_threads() == [], "a connection outlived close()"

    run(play)


def test_what_waits_when_the_store_is_closed_leaves_no_connection(tmp_path: Path) -> None:
    """Serve reads that wait while the store is closed, and keep no thread that outlives it."""

    async def play() -> None:
        async with opened(tmp_path / "x.db", pool_size=2) as store:
            reads = [asyncio.create_task(store.load_thread("thr_1", ALICE)) for _ in range(20)]
            await asyncio.sleep(0)
            await store.close()
            assert {thread.id for thread in await asyncio.gather(*reads)} == {"thr_1"}
            for thread in connection_threads():
                thread.join(timeout=1)
            assert connection_threads() == []

    run(play)


def test_a_file_that_cannot_be_opened_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Give up after the timeouts, however many are the first to use a file that is locked."""
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    async def play() -> None:
        url = f"sqlite:///{tmp_path / 'x.db'}"
        store = sqlite.SqliteStore(url, acquire_timeout=0.3, statement_timeout=0.3)
        reads = [store.load_thread("thr_1", ALICE) for _ in range(12)]
        started = time.monotonic()
        results = await asyncio.gather(*reads, return_exceptions=True)
        assert {type(result) for result in results} == {errors.StoreUnavailable}
        assert time.monotonic() - started < 2

    run(play)
    other.close()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TABLE chatkit_threads (id)", "chatkit_threads is not this store's"),
        ("CREATE TABLE Chatkit_Items (id)", "chatkit_items is not this store's"),
        ("CREATE TABLE chatkit_schema_version (n)", "chatkit_schema_version is not this store's"),
        ("CREATE VIEW chatkit_owners AS SELECT 1", "chatkit_owners is not this store's"),
    ],
)
def test_a_table_that_is_not_ours_is_refused(tmp_path: Path, statement: str, message: str) -> None:
    """Neither adopt nor alter what another program made under one of our names."""
    with sqlite3.connect(tmp_path / "x.db") as other:
        other.execute(statement)
    before = schema_of(tmp_path / "x.db")

    async def play() -> None:
        with pytest.raises(errors.StoreSchemaError, match=message):
            await sqlite.SqliteStore(f"sqlite:///{tmp_path / 'x.db'}").connect()

    run(play)
    assert schema_of(tmp_path / "x.db") == before


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """Say so when a later version of the code has migrated the tables."""

    async def play() -> None:
        async with opened(tmp_path / "x.db"):
            pass
        with sqlite3.connect(tmp_path / "x.db") as later:
            later.execute("UPDATE chatkit_schema_version SET version = 2")
        with pytest.raises(errors.StoreSchemaError, match="have version 2, this code knows 1"):
            await sqlite.SqliteStore(f"sqlite:///{tmp_path / 'x.db'}").connect()

    run(play)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    """Say which table somebody dropped, instead of failing on first use."""

    async def play() -> None:
        async with opened(tmp_path / "x.db"):
            pass
        with sqlite3.connect(tmp_path / "x.db") as other:
            other.execute("DROP TABLE chatkit_attachments")
        with pytest.raises(errors.StoreSchemaError, match="chatkit_attachments is missing"):
            await sqlite.SqliteStore(f"sqlite:///{tmp_path / 'x.db'}").connect()

    run(play)


def test_the_schema_may_be_applied_by_somebody_else(tmp_path: Path) -> None:
    """Refuse an empty database with create_schema=False; accept it once SCHEMA was applied."""
    url = f"sqlite:///{tmp_path / 'x.db'}"

    async def play() -> None:
        with pytest.raises(errors.StoreSchemaError, match="apply the store's SCHEMA first"):
            await sqlite.SqliteStore(url, create_schema=False).connect()
        with sqlite3.connect(tmp_path / "x.db") as administrator:
            for statement in sqlite.SCHEMA:
                administrator.execute(statement.format(prefix="chatkit_"))
        async with opened(tmp_path / "x.db", create_schema=False):
            pass

    run(play)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (None, "No database URL: set DATABASE_URL"),
        ("", "No database URL: set DATABASE_URL"),
        ("postgresql://u:hunter2@h/d", "must be sqlite:///relative.db"),
        ("sqlite://", "must be sqlite:///relative.db"),
        ("sqlite:///:memory:", "must be sqlite:///relative.db"),
        ("sqlite:///x.db?cache=hunter2", "Unknown option 'cache'"),
    ],
)
def test_a_wrong_url_is_one_clear_error(url: str | None, message: str) -> None:
    """Say what is wrong with the URL without quoting it: it may carry a password."""

    async def play() -> None:
        with pytest.raises(ValueError, match=message) as caught:
            await sqlite.SqliteStore(url).connect()
        assert "hunter2" not in str(caught.value)

    run(play)


@pytest.mark.parametrize("path", ["/nonexistent/x.db", "/dev/null/x.db"])
def test_a_file_that_cannot_be_opened_is_unavailable(path: str) -> None:
    """Report the database as unavailable, not as a driver's error."""

    async def play() -> None:
        with pytest.raises(errors.StoreUnavailable, match="unable to open"):
            await sqlite.SqliteStore(f"sqlite:///{path}").connect()
        # aiosqlite does not wait for the thread of a connection that failed; the loop must.
        for thread in connection_threads():
            thread.join(timeout=10)

    run(play)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_are_read_from_the_index(tmp_path: Path, order: str) -> None:
    """Sort nothing and scan nothing, on the first page and behind a cursor, items and threads."""
    plans: list[str] = []

    async def play() -> None:
        async with opened(tmp_path / "x.db") as store:
            await store.add_thread_item("thr_1", item("itm_1"), ALICE)
            read = store._read

            async def explain(sql: str, values: tuple[str | int, ...], order: str) -> list[Any]:
                rows = await read(f"EXPLAIN QUERY PLAN {sql}", values, order)
                plans.append("; ".join(str(row[3]) for row in rows))
                return list(await read(sql, values, order))

            store._read = explain
            await store.load_thread_items("thr_1", None, 10, order, ALICE)
            await store.load_thread_items("thr_1", "itm_1", 10, order, ALICE)
            await store.load_threads(10, None, order, ALICE)
            await store.load_threads(10, "thr_1", order, ALICE)

    run(play)
    assert len(plans) == 4
    for plan in plans:
        assert "by_time" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
    # The range begins at the cursor, not at the first row.
    assert "(created_us,seq)" in plans[1]
    assert "(created_us,seq)" in plans[3]


def schema_of(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
