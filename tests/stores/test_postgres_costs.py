"""What an operation costs on a real PostgreSQL: rows, blocks and round trips, by count."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from chatkit.types import FileAttachment

from ..servers.urls import url
from .postgres import ALICE, Scene, item, on_server, postgres, thread, url_at

LIMIT: Final = 20
RECORD: Final = FileAttachment(id="atc_1", name="a", mime_type="text/plain", thread_id="thr_1")

Query = tuple[str, tuple[str | int, ...], str]


# How many rows Alice has, and how many other owners have one each: what a planner thinks of a
# thread's length depends on both.
CROWDS: Final = ((10_000, 0), (400, 10_000))


async def fill(scene: Scene, rows: int, others: int) -> None:
    """Give Alice's thread items, and Alice threads and files; three share an instant each."""
    for table, columns in (
        ("threads", "'thr_' || n, n / 3, n, 0"),
        ("items", "'thr_1', 'itm_' || n, n / 3, n"),
        ("attachments", "'atc_' || n, NULL"),
    ):
        for owner, first, last in (("'alice'", 2, rows), ("'owner_' || n", 1, others)):
            own = columns if owner == "'alice'" else columns.replace("'thr_1'", "'thr_' || n")
            await scene.other.execute(
                f"""INSERT INTO {scene.prefix}{table} SELECT {owner}, {own}, '{{}}'
                FROM generate_series({first}, {last}) n ORDER BY md5(n::text)"""
            )


async def vacuum(scene: Scene, analyzed: bool) -> None:
    """Bring the tables to rest; give the planner statistics, or leave it to its guesses."""
    for table in ("items", "threads", "attachments"):
        command = "VACUUM ANALYZE" if analyzed else "VACUUM"
        await scene.other.execute(f"{command} {scene.prefix}{table}")


def spied(store: Any) -> list[Query]:
    """Return the list that every further query of the store is noted in."""
    queries: list[Query] = []

    def noting(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def note(sql: str, values: tuple[str | int, ...], order: str = "asc") -> Any:
            queries.append((sql, values, order))
            return await (run(sql, values, order) if run == read else run(sql, values))

        return note

    read, write = store._read, store._write
    store._read, store._write = noting(read), noting(write)
    return queries


async def explain(scene: Scene, mode: str, query: Query) -> dict[str, Any]:
    """Run a query once more, prepared, undo it, and return what the server counted."""
    sql, values, order = query
    beyond = postgres._BEYOND[order]
    sql = sql.format(prefix=scene.prefix, order=order, beyond=beyond)
    types = ", ".join("bigint" if isinstance(value, int) else "text" for value in values)
    literals = ", ".join("'{}'".format(str(value).replace("'", "''")) for value in values)
    await scene.other.execute(f"SET plan_cache_mode = force_{mode}_plan")
    await scene.other.execute(f"PREPARE query ({types}) AS {sql}")
    await scene.other.execute("BEGIN")
    text = await scene.other.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE query ({literals})"
    )
    await scene.other.execute("ROLLBACK")
    await scene.other.execute("DEALLOCATE query")
    return json.loads(text)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every node of a plan."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def rows_read(plan: dict[str, Any]) -> int:
    """Return how many rows the plan's scans of tables read, those thrown away included."""
    return sum(
        node["Actual Loops"]
        * (node["Actual Rows"] + sum(node[key] for key in node if key.startswith("Rows Removed")))
        for node in nodes(plan)
        if "Relation Name" in node and "Scan" in node["Node Type"]
    )


@pytest.mark.parametrize("crowd", CROWDS, ids=str)
@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("mode", ["custom", "generic"])
@on_server
async def test_a_deep_page_costs_what_the_first_one_does(
    scene: Scene, mode: str, analyzed: bool, crowd: tuple[int, int]
) -> None:
    """Read the rows of one page from the index, wherever it begins and whatever is known."""
    async with scene.opened() as store:
        await fill(scene, *crowd)
        for table in ("items", "threads"):
            await scene.other.execute(
                f"VACUUM {'ANALYZE' if analyzed else ''} {scene.prefix}{table}"
            )
        queries = spied(store)
        starts = (None, crowd[0] // 2, 50, crowd[0] - 50)
        for order in ("asc", "desc"):
            for number in starts:
                after = None if number is None else f"itm_{number}"
                await store.load_thread_items("thr_1", after, LIMIT, order, ALICE)
            for number in starts:
                after = None if number is None else f"thr_{number}"
                await store.load_threads(LIMIT, after, order, ALICE)
        plans = [await explain(scene, mode, query) for query in queries]
        assert len(plans) == 16
        for first, *deep in (plans[at : at + 4] for at in range(0, 16, 4)):
            assert rows_read(first) == LIMIT + 1
            for plan in deep:
                # One more for the cursor's own row.
                assert rows_read(plan) == LIMIT + 2
                # Two descents instead of one: to the cursor, and to where the page begins.
                assert plan["Shared Hit Blocks"] - first["Shared Hit Blocks"] <= 8
                assert any("ROW(created_us, seq)" in str(n.get("Index Cond")) for n in nodes(plan))
                [ordering] = [n for n in nodes(plan) if n["Node Type"] == "Sort"]
                assert ordering["Actual Rows"] == LIMIT + 1


@pytest.mark.parametrize("crowd", CROWDS, ids=str)
@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("mode", ["custom", "generic"])
@on_server
async def test_one_id_costs_one_row(
    scene: Scene, mode: str, analyzed: bool, crowd: tuple[int, int]
) -> None:
    """Find a thread, an item or a file by its key, however much else its owner has."""
    async with scene.opened() as store:
        await fill(scene, *crowd)
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        await store.save_attachment(RECORD, ALICE)
        for table in ("items", "threads", "attachments"):
            await scene.other.execute(
                f"VACUUM {'ANALYZE' if analyzed else ''} {scene.prefix}{table}"
            )
        queries = spied(store)
        await store.load_thread("thr_1", ALICE)
        await store.load_item("thr_1", "itm_1", ALICE)
        await store.load_attachment("atc_1", ALICE)
        await store.save_thread(thread(), ALICE)
        await store.save_attachment(RECORD, ALICE)
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        await store.delete_thread_item("thr_1", "itm_3", ALICE)
        await store.delete_attachment("atc_3", ALICE)
        # Its attachment, and the thread itself; the items go by the foreign key.
        await store.delete_thread("thr_3", ALICE)
        plans = [await explain(scene, mode, query) for query in queries]
        assert len(plans) == 9
        assert [rows_read(plan) for plan in plans if rows_read(plan) > 1] == []


class Wire:
    """Count what a client sends through it: each message waits for an answer."""

    def __init__(self) -> None:
        self.sent = 0

    async def relay(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Connect a client with the server until both have closed."""
        parts = urlsplit(url("postgres"))
        server, requests = await asyncio.open_connection(parts.hostname, parts.port)

        async def forward() -> None:
            while data := await client.read(1 << 16):
                self.sent += 1
                requests.write(data)
            requests.close()

        async def back() -> None:
            while data := await server.read(1 << 16):
                answers.write(data)
            answers.close()

        await asyncio.gather(forward(), back())


@on_server
async def test_an_operation_is_one_round_trip(scene: Scene) -> None:
    """Send one message an operation once its statement is prepared, and nothing in between."""
    wire = Wire()
    async with await asyncio.start_server(wire.relay, "127.0.0.1", 0) as server:
        address = url_at(server.sockets[0].getsockname()[1], "?sslmode=disable")
        async with postgres.PostgresStore(address, table_prefix=scene.prefix) as store:
            for prepared in (False, True):
                before = wire.sent
                await store.save_thread(thread(), ALICE)
                await store.add_thread_item("thr_1", item("itm_1"), ALICE)
                await store.save_item("thr_1", item("itm_2"), ALICE)
                await store.save_attachment(RECORD, ALICE)
                await store.load_thread("thr_1", ALICE)
                await store.load_item("thr_1", "itm_1", ALICE)
                await store.load_attachment("atc_1", ALICE)
                await store.load_thread_items("thr_1", None, LIMIT, "desc", ALICE)
                await store.load_thread_items("thr_1", "itm_1", LIMIT, "asc", ALICE)
                await store.load_threads(LIMIT, None, "desc", ALICE)
                await store.load_threads(LIMIT, "thr_1", "asc", ALICE)
                await store.delete_thread_item("thr_1", "itm_1", ALICE)
                await store.delete_attachment("atc_1", ALICE)
                await store.delete_thread("thr_1", ALICE)
                assert not prepared or wire.sent - before == 14
