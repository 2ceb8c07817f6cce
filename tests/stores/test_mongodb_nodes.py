"""MongodbStore on servers of its own, which may be killed: one alone, and a set of three."""

import asyncio
import signal
import subprocess
from collections.abc import Generator
from typing import Any

import pytest
from chatkit.store import NotFoundError
from pymongo import AsyncMongoClient, MongoClient

from ..servers import mongodb as server
from ..servers.processes import Processes, free_port, running
from .mongodb import ALICE, errors, item, mongodb, thread

pytestmark = [pytest.mark.server, pytest.mark.needs("mongod")]


class Three:
    """A replica set of three nodes without accounts."""

    def __init__(self, processes: Processes) -> None:
        """Start the nodes and make them a set that elects its primary quickly."""
        self.nodes: dict[int, subprocess.Popen[bytes]] = {}
        for number in range(3):
            home, port = processes.home(f"three{number}"), free_port()
            self.nodes[port] = server.node(processes, home, port, "--replSet", "three")
        members = [{"_id": n, "host": f"127.0.0.1:{port}"} for n, port in enumerate(self.nodes)]
        config = {"_id": "three", "members": members, "settings": {"electionTimeoutMillis": 2000}}
        with MongoClient[Any]("127.0.0.1", next(iter(self.nodes)), directConnection=True) as one:
            one.admin.command("replSetInitiate", config)
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.nodes)
        self.url = f"mongodb://{hosts}/shop?replicaSet=three"

    async def ports(self) -> list[int]:
        """Return the nodes' ports as soon as all three serve, the primary's first."""
        async with AsyncMongoClient[Any](self.url) as client:
            while True:
                told = await client.admin.command("replSetGetStatus")
                states = {each["name"]: each["stateStr"] for each in told["members"]}
                if sorted(states.values()) == ["PRIMARY", "SECONDARY", "SECONDARY"]:
                    break
                await asyncio.sleep(0.05)
        return [int(name.split(":")[1]) for name in sorted(states, key=lambda name: states[name])]

    def kill(self, *ports: int) -> None:
        """End nodes as a power cut does."""
        for port in ports:
            self.nodes[port].send_signal(signal.SIGKILL)
            self.nodes[port].wait()


@pytest.fixture
def processes() -> Generator[Processes, None, None]:
    """Lend a folder for servers that end with the test."""
    server.obtain()
    with running() as lent:
        yield lent


def test_a_standalone_server_is_refused(processes: Processes) -> None:
    """Say why, and how to start one that has transactions; leave its data alone."""
    home, port = processes.home("alone"), free_port()
    server.node(processes, home, port)

    async def play() -> None:
        with pytest.raises(ValueError, match=r"standalone server, .*--replSet rs0"):
            await mongodb.MongodbStore(f"mongodb://127.0.0.1:{port}/shop").connect()
        async with AsyncMongoClient[Any]("127.0.0.1", port) as client:
            assert await client["shop"].list_collection_names() == []

    asyncio.run(play())


def test_a_primary_that_dies(processes: Processes) -> None:
    """Kill the primary under load: what was acknowledged is there, and what waited is done."""
    three = Three(processes)

    async def write(
        store: Any, number: int, acknowledged: set[str], under_way: asyncio.Event
    ) -> None:
        name = f"thr_{number}"
        await store.save_thread(thread(name), ALICE)
        for n in range(60):
            await store.add_thread_item(name, item(f"itm_{n}", thread_id=name), ALICE)
            acknowledged.add(f"{name}/itm_{n}")
            if len(acknowledged) == 40:
                under_way.set()
            # Read back at once, from whoever is primary by then.
            await store.load_item(name, f"itm_{n}", ALICE)

    async def play() -> None:
        [primary, *_] = await three.ports()
        acknowledged, under_way = set[str](), asyncio.Event()
        async with mongodb.MongodbStore(three.url) as store:
            async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
                for number in range(4):
                    tasks.create_task(write(store, number, acknowledged, under_way))
                await under_way.wait()
                await asyncio.to_thread(three.kill, primary)
                before = set(acknowledged)
            assert len(before) < 200 < len(acknowledged)
            found: set[str] = set()
            for number in range(4):
                page = await store.load_thread_items(f"thr_{number}", None, 200, "asc", ALICE)
                assert [row.id for row in page.data] == [f"itm_{n}" for n in range(60)]
                found |= {f"thr_{number}/{row.id}" for row in page.data}
            assert found == acknowledged

    asyncio.run(play())


def test_a_primary_that_steps_down_and_a_majority_that_is_gone(processes: Processes) -> None:
    """Go on through a planned change of primary; refuse what a majority cannot hold."""
    three = Three(processes)

    async def play() -> None:
        [primary, *_] = await three.ports()
        async with mongodb.MongodbStore(three.url, statement_timeout=10) as store:
            await store.save_thread(thread(), ALICE)
            async with AsyncMongoClient[Any]("127.0.0.1", primary, directConnection=True) as node:
                adds = [store.add_thread_item("thr_1", item(f"itm_{n}"), ALICE) for n in range(50)]
                await asyncio.gather(*adds, node.admin.command("replSetStepDown", 10))
            page = await store.load_thread_items("thr_1", None, 200, "asc", ALICE)
            assert len(page.data) == 50
            await store.delete_thread("thr_1", ALICE)
            with pytest.raises(NotFoundError):
                await store.load_thread("thr_1", ALICE)
            [primary, *others] = await three.ports()
            assert others
        async with mongodb.MongodbStore(three.url, statement_timeout=2) as store:
            await asyncio.to_thread(three.kill, *others)
            with pytest.raises(errors.StoreUnavailable, match="MongoDB failed: "):
                await store.save_thread(thread("thr_2"), ALICE)

    asyncio.run(play())
