"""What MongoDB does with the store's queries: index use, round trips, races at the server."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from pymongo import monitoring

from ..servers.urls import url
from .mongodb import ALICE, NOON, Row, Scene, item, on_server, thread

DEPTH = 10_000


class Sent(monitoring.CommandListener):
    """Keep the commands that reach the server's collections of one prefix."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.commands: list[dict[str, Any]] = []
        self.failures: list[Any] = []
        self.prefix = "nobody's"

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Keep the command."""
        command = dict(event.command)
        # A getMore has its collection elsewhere than the others.
        where = command.get("collection", command.get(event.command_name))
        if str(where).startswith(self.prefix):
            self.commands.append(command)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Keep errors that came in a good answer."""
        self.failures += event.reply.get("writeErrors", [])

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Keep the failure."""
        self.failures.append(event.failure)

    def since(self, prefix: str) -> list[dict[str, Any]]:
        """Return what was sent to this prefix since the last call."""
        self.prefix = prefix
        sent, self.commands, self.failures = self.commands, [], []
        return sent


# For every client of this process that is made after this line; the driver keeps no way back.
SENT = Sent()
monitoring.register(SENT)


@pytest.mark.parametrize("order", ["asc", "desc"])
@on_server
async def test_a_deep_page_reads_no_more_than_it_returns(scene: Scene, order: str) -> None:
    """Read 11 keys for a page of 10 behind 10,000 rows, from the index and without a sort."""
    async with scene.opened() as store:
        # Ties throughout: a thousand rows an instant.
        await scene.rows("items").insert_many(
            _row(number, {"thread_id": "thr_1"}) for number in range(2 * DEPTH)
        )
        await scene.rows("threads").insert_many(
            _row(number, {"last_seq": 0}) for number in range(2 * DEPTH)
        )
        SENT.since(scene.prefix)
        page = await store.load_thread_items("thr_1", f"itm_{DEPTH}", 10, order, ALICE)
        step = 1 if order == "asc" else -1
        assert page.after == f"itm_{DEPTH + 10 * step}"
        await _prove(scene, SENT.since(scene.prefix))
        await store.load_threads(10, f"itm_{DEPTH}", order, ALICE)
        await _prove(scene, SENT.since(scene.prefix))
        await store.load_thread_items("thr_1", None, 10, order, ALICE)
        await store.load_threads(10, None, order, ALICE)
        first_pages = SENT.since(scene.prefix)
        assert len(first_pages) == 2
        await _prove(scene, first_pages)


@on_server
async def test_a_long_page_comes_in_one_answer(scene: Scene) -> None:
    """Ask once for the cursor and once for 200 rows: no third round trip."""
    async with scene.opened() as store:
        await scene.rows("items").insert_many(
            _row(number, {"thread_id": "thr_1"}) for number in range(300)
        )
        SENT.since(scene.prefix)
        page = await store.load_thread_items("thr_1", "itm_50", 200, "asc", ALICE)
        assert len(page.data) == 200
        commands = SENT.since(scene.prefix)
        assert [next(iter(command)) for command in commands] == ["find", "find"]


@on_server
async def test_racing_upserts_need_no_attempts_of_ours(scene: Scene) -> None:
    """Let the server itself repeat an upsert whose duplicate key is the one it looked for."""
    async with scene.opened(pool_size=50) as store:
        SENT.since(scene.prefix)
        saves = (store.save_thread(thread(f"thr_{n % 3}", f"{n}"), ALICE) for n in range(60))
        await asyncio.gather(*saves)
        assert SENT.failures == []
        assert await scene.rows("owners").count_documents({}) == 1
        assert await scene.rows("threads").count_documents({}) == 3


@on_server
async def test_two_stores_write_to_one_thread(scene: Scene) -> None:
    """Let 200 writers of four stores, which share no lock, meet in the database."""
    stores = [scene.make() for _ in range(4)]
    await stores[0].save_thread(thread(), ALICE)
    await asyncio.gather(
        *(stores[n % 4].add_thread_item("thr_1", item(f"itm_{n}"), ALICE) for n in range(200))
    )
    rows = await scene.rows("items").find({}, {"seq": 1}).to_list()
    assert len({row["seq"] for row in rows}) == 200
    for store in stores:
        await store.close()


@on_server
async def test_writes_are_acknowledged_by_a_majority(scene: Scene) -> None:
    """Overrule a URL that asks for less, in and out of transactions; read from the primary."""
    url_options = {"w": "1", "readPreference": "secondary", "readConcernLevel": "available"}
    query = "&".join(f"{name}={value}" for name, value in url_options.items())
    async with scene.opened(f"{url('mongodb')}&{query}") as store:
        SENT.since(scene.prefix)
        await store.save_thread(thread(), ALICE)
        for command in SENT.since(scene.prefix):
            assert command["writeConcern"] == {"w": "majority"}
        SENT.since("")
        await store.add_thread_item("thr_1", item("itm_1"), ALICE)
        [commit] = [each for each in SENT.since("") if "commitTransaction" in each]
        assert commit["writeConcern"] == {"w": "majority"}
        await store.load_thread("thr_1", ALICE)
        [find] = SENT.since(scene.prefix)
        assert find["readConcern"] == {"level": "local"}
        assert find.get("$readPreference", {"mode": "primary"}) == {"mode": "primary"}


async def _prove(scene: Scene, commands: Iterable[dict[str, Any]]) -> None:
    """Run the commands again, explained: the last reads 12 keys at most and sorts nothing."""
    kept = {"find", "filter", "sort", "limit", "projection"}
    for command in commands:
        plain = {name: value for name, value in command.items() if name in kept}
        told = await scene.other.command(
            {"explain": plain, "verbosity": "executionStats"},
        )
        stats = told["executionStats"]
        assert stats["totalKeysExamined"] <= 12
        assert stats["totalDocsExamined"] == stats["nReturned"]
        assert stats["nReturned"] == command["limit"]
        assert "'SORT'" not in str(told["queryPlanner"]["winningPlan"])
        assert "COLLSCAN" not in str(told)


def _row(number: int, more: Row) -> Row:
    data = item(f"itm_{number}").model_dump_json()
    instant = int(NOON.timestamp() * 1_000_000) + number // 1000
    own = {"owner": "alice", "id": f"itm_{number}", "created_us": instant, "seq": number}
    return {**own, "data": data, **more}
