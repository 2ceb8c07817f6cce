"""What MySQL and MariaDB make of the store's statements: rows read, bytes kept, modes set."""

from collections.abc import Coroutine
from typing import Any

import pytest
from chatkit.types import FileAttachment

from .mysql import ALICE, Scene, errors, item, on_servers, on_session, thread

DEPTH = 10_000
# Almost 7 MiB of JSON: each character is two bytes there, and four in SQL.
QUOTES = '"\\' * (7 * 2**18 - 100)


async def rows_read(store: Any, operation: Coroutine[Any, Any, object]) -> int:
    """Return how many rows the storage engine read for an operation of a store with one session."""
    counts: list[int] = []
    for each in (None, None, operation):
        if each is not None:
            await each
        rows = await on_session(store, "SHOW SESSION STATUS LIKE 'Handler_read%'")
        counts.append(sum(int(value) for _, value in rows))
    # Counting reads rows too.
    return counts[2] - counts[1] - (counts[1] - counts[0])


async def fill(scene: Scene) -> None:
    """Give thr_1 many items, three of each instant, and Alice as many threads."""
    digits = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10))
    count = f"SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n FROM ({digits}) a, "
    count += f"({digits}) b, ({digits}) c, ({digits}) d, (SELECT 0 AS n UNION ALL SELECT 1) e"
    text = item("itm_x").model_dump_json().replace("'", "''").replace("%", "%%")
    await scene.sql(
        "INSERT INTO chatkit_items (owner, thread_id, id, created_us, seq, data)"
        f" SELECT 'alice', 'thr_1', CONCAT('itm_', n), n DIV 3, n, '{text}' FROM ({count}) AS x"
    )
    text = thread("thr_x").model_dump_json().replace("'", "''").replace("%", "%%")
    await scene.sql(
        "INSERT INTO chatkit_threads (owner, id, created_us, seq, last_seq, data)"
        f" SELECT 'alice', CONCAT('t_', n), n DIV 3, n + 2, 0, '{text}' FROM ({count}) AS x"
    )


@on_servers
async def test_a_deep_page_reads_what_it_shows(scene: Scene) -> None:
    """Read a page's rows, the cursor's and one more, wherever in 20,000 rows the page begins."""
    async with scene.opened(pool_size=1) as store:
        await fill(scene)
        for order in ("asc", "desc"):
            for after in (None, f"itm_{DEPTH}", "itm_0", "itm_19999"):
                page = store.load_thread_items("thr_1", after, 10, order, ALICE)
                assert await rows_read(store, page) <= 15, (order, after)
            for after in (None, f"t_{DEPTH}", "t_0", "t_19999"):
                page = store.load_threads(10, after, order, ALICE)
                assert await rows_read(store, page) <= 15, (order, after)


@on_servers
async def test_a_page_begins_behind_its_cursor(scene: Scene) -> None:
    """Cut pages in the middle of an instant without losing or repeating a row."""
    async with scene.opened(max_page_size=5) as store:
        await fill(scene)
        await scene.sql("UPDATE chatkit_items SET data = CONCAT('{\"id\": \"', id, '\"}')")
        for after in range(DEPTH, DEPTH + 3):
            up = await store.load_thread_items("thr_1", f"itm_{after}", 5, "asc", ALICE)
            assert (up.has_more, up.after) == (True, f"itm_{after + 5}")
            down = await store.load_thread_items("thr_1", f"itm_{after}", 5, "desc", ALICE)
            assert (down.has_more, down.after) == (True, f"itm_{after - 5}")


@on_servers
async def test_deleting_a_thread_is_linear(scene: Scene) -> None:
    """Read each item and each attachment a few times, not each with each."""
    count = 300
    async with scene.opened(pool_size=1) as store:
        for number in range(count):
            await store.add_thread_item("thr_1", item(f"itm_{number}"), ALICE)
            record = FileAttachment(
                id=f"atc_{number}", name="a", mime_type="a/b", thread_id="thr_1"
            )
            await store.save_attachment(record, ALICE)
        assert await rows_read(store, store.delete_thread("thr_1", ALICE)) < 10 * count
        for table in ("threads", "items", "attachments"):
            assert await scene.sql(f"SELECT COUNT(*) FROM chatkit_{table}") == ((0,),)


@on_servers
async def test_the_longest_text_fits_when_every_character_is_escaped(scene: Scene) -> None:
    """Keep the longest JSON text whose every character is escaped, in JSON and again in SQL."""
    async with scene.opened() as store:
        await store.add_thread_item("thr_1", item("itm_1", QUOTES), ALICE)
        loaded = await store.load_item("thr_1", "itm_1", ALICE)
        assert loaded.content == QUOTES
        size = await scene.sql("SELECT LENGTH(data) FROM chatkit_items")
        assert 7 * 2**20 - 1000 < size[0][0] <= 7 * 2**20


@on_servers
async def test_sessions_are_strict(scene: Scene) -> None:
    """Refuse what does not fit, whatever the server's own mode, instead of cutting it short."""
    async with scene.opened(pool_size=1) as store:
        with pytest.raises(errors.StoreUnavailable, match="error 1406"):
            await on_session(
                store, f"INSERT INTO chatkit_owners (owner, last_seq) VALUES ('{'x' * 256}', 1)"
            )
        [[mode]] = await on_session(store, "SELECT @@SESSION.sql_mode")
        assert {"STRICT_ALL_TABLES", "NO_ENGINE_SUBSTITUTION"} <= set(mode.split(","))


@on_servers
async def test_sessions_read_what_is_committed(scene: Scene) -> None:
    """See at each statement what others have committed; hold no lock on rows that are not there."""
    name = "transaction_isolation" if scene.server == "mysql" else "tx_isolation"
    async with scene.opened() as store:
        assert await on_session(store, f"SELECT @@SESSION.{name}") == (("READ-COMMITTED",),)


@on_servers
async def test_indexes_hold_the_longest_keys(scene: Scene) -> None:
    """Store and page through ids of 255 bytes that differ in the last one only."""
    ids = ["é" * 127 + last for last in ("", " ", "a", "A")]
    async with scene.opened() as store:
        for item_id in ids:
            await store.add_thread_item("thr_1", item(item_id), ALICE)
        page = await store.load_thread_items("thr_1", ids[0], 20, "asc", ALICE)
        assert [each.id for each in page.data] == ids[1:]


@on_servers
async def test_tables_can_be_partitioned_by_owner(scene: Scene) -> None:
    """Let an administrator partition every table that has an owner, and work on."""
    async with scene.opened() as store:
        for table in ("owners", "threads", "items", "attachments"):
            await scene.sql(f"ALTER TABLE chatkit_{table} PARTITION BY KEY (owner) PARTITIONS 4")
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        await store.delete_thread("thr_1", ALICE)
        assert await scene.sql("SELECT COUNT(*) FROM chatkit_items") == ((0,),)
