"""PostgresStore on a network that loses requests, loses answers, or goes silent."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from ..servers.urls import url
from .postgres import ALICE, Scene, errors, item, on_server, postgres, thread, url_at
from .tcp_proxy import proxy


@pytest.mark.parametrize("deliver", [False, True], ids=["request", "answer"])
@on_server
async def test_a_write_lost_on_the_way_is_done_once(scene: Scene, deliver: bool) -> None:
    """Send a write again whose request or answer was lost: it takes effect, and once."""
    async with proxy(urlsplit(url("postgres")).port or 5432) as network:
        address = url_at(network.port, "?sslmode=disable")
        async with postgres.PostgresStore(address, table_prefix=scene.prefix) as store:
            await store.save_thread(thread(), ALICE)
            await store.add_thread_item("thr_1", item("itm_1"), ALICE)
            network.cut_at, network.cuts_left, network.deliver = b"itm_cut", 2, deliver
            await store.add_thread_item("thr_1", item("itm_cut"), ALICE)
            assert network.cuts_left == 0
            await store.add_thread_item("thr_1", item("itm_3"), ALICE)
            page = await store.load_thread_items("thr_1", None, 9, "asc", ALICE)
            assert page.data == [item("itm_1"), item("itm_cut"), item("itm_3")]


@on_server
async def test_a_network_that_keeps_losing_is_unavailable(scene: Scene) -> None:
    """Give up after five tries, and work again when the network does."""
    async with proxy(urlsplit(url("postgres")).port or 5432) as network:
        address = url_at(network.port, "?sslmode=disable")
        async with postgres.PostgresStore(address, table_prefix=scene.prefix) as store:
            await store.save_thread(thread(), ALICE)
            await store.add_thread_item("thr_1", item("itm_1"), ALICE)
            network.cut_at, network.cuts_left = b"itm_cut", 7
            with pytest.raises(errors.StoreUnavailable, match="connection was closed"):
                await store.add_thread_item("thr_1", item("itm_cut"), ALICE)
            assert network.cuts_left == 2
            network.cuts_left = 0
            await store.add_thread_item("thr_1", item("itm_cut"), ALICE)


@dataclass
class Silence:
    """A network that may go silent: it takes everything and delivers nothing."""

    port: int = 0
    silent: bool = False
    swallowed: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Connect a client with the server until one of them closes."""
        parts = urlsplit(url("postgres"))
        server, requests = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(self._copy(client, requests), self._copy(server, answers))

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            if self.silent:
                self.swallowed.set()
            else:
                target.write(data)
        target.close()


@asynccontextmanager
async def silence() -> AsyncGenerator[Silence, None]:
    """Lend a network that is not silent yet."""
    network = Silence()
    async with await asyncio.start_server(network.carry, "127.0.0.1", 0) as server:
        network.port = server.sockets[0].getsockname()[1]
        yield network


@on_server
async def test_a_silent_network_is_unavailable_in_time(scene: Scene) -> None:
    """Give up on an open connection that brings no answer, and on what cannot be reached at all."""
    limits: dict[str, Any] = {"acquire_timeout": 0.5, "statement_timeout": 0.5, "pool_size": 1}
    async with silence() as network:
        address = url_at(network.port, "?sslmode=disable&connect_timeout=1")
        store = postgres.PostgresStore(address, table_prefix=scene.prefix, **limits)
        async with store:
            await store.save_thread(thread(), ALICE)
            network.silent = True
            for _ in range(2):
                started = time.monotonic()
                with pytest.raises(errors.StoreUnavailable, match="No answer in time"):
                    await store.load_thread("thr_1", ALICE)
                assert time.monotonic() - started < 5
            network.silent = False
            assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@on_server
async def test_a_task_cancelled_on_a_silent_network_ends(scene: Scene) -> None:
    """End a cancelled operation although the server cannot be told, and connect anew."""
    limits: dict[str, Any] = {"acquire_timeout": 5, "statement_timeout": 1, "pool_size": 1}
    async with silence() as network:
        address = url_at(network.port, "?sslmode=disable&connect_timeout=1")
        async with postgres.PostgresStore(address, table_prefix=scene.prefix, **limits) as store:
            await store.save_thread(thread(), ALICE)
            network.silent = True
            loading = asyncio.create_task(store.load_thread("thr_1", ALICE))
            await network.swallowed.wait()
            loading.cancel()
            started = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await loading
            assert time.monotonic() - started < 4
            network.silent = False
            assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@on_server
async def test_closing_on_a_silent_network_ends(scene: Scene) -> None:
    """Close without a word when the server cannot be told, and connect anew on the next use."""
    async with silence() as network:
        address = url_at(network.port, "?sslmode=disable")
        store = postgres.PostgresStore(address, table_prefix=scene.prefix, connect_timeout=1)
        async with store:
            await store.save_thread(thread(), ALICE)
            network.silent = True
            started = time.monotonic()
            await store.close()
            assert time.monotonic() - started < 4
            network.silent = False
            assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@on_server
async def test_a_silent_server_keeps_nobody_waiting(scene: Scene) -> None:
    """Give up after the timeouts, however many are waiting for the first connection."""
    async with silence() as network:
        network.silent = True
        address = url_at(network.port, "?sslmode=disable&connect_timeout=1")
        store = postgres.PostgresStore(address, table_prefix=scene.prefix, acquire_timeout=0.5)
        started = time.monotonic()
        reads = [store.load_thread("thr_1", ALICE) for _ in range(12)]
        results = await asyncio.gather(*reads, return_exceptions=True)
        assert {type(result) for result in results} == {errors.StoreUnavailable}
        assert time.monotonic() - started < 3
