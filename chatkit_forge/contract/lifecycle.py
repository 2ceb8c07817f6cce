"""Opening, closing and cancelling: a store may be started, stopped and interrupted at any time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chatkit.store import Store

from .harness import Harness, TContext, contract_test
from .scene import Scene


async def act(store: Store[TContext], method: str) -> None:
    """Call connect or close, where the store has it."""
    function: Callable[[], Awaitable[Any]] | None = getattr(store, method, None)
    if function is not None:
        await function()


class Lifecycle(Harness[TContext]):
    """Hold that a store survives what applications do to it."""

    @contract_test
    async def test_surface_connect_is_idempotent(self, scene: Scene[TContext]) -> None:
        """Open once, however many tasks connect at the same moment and again later."""
        store = self.make_store()
        try:
            await asyncio.gather(*(act(store, "connect") for _ in range(20)))
            await act(store, "connect")
            await scene.through(store).thread()
        finally:
            await act(store, "close")

    @contract_test
    async def test_surface_first_use_connects(self, scene: Scene[TContext]) -> None:
        """Open on first use, also when many tasks are the first at the same moment."""
        store = self.make_store()
        fresh = scene.through(store)
        try:
            await asyncio.gather(*(fresh.thread(f"thr_{number}") for number in range(20)))
            assert len(await fresh.thread_ids()) == 20
        finally:
            await act(store, "close")

    @contract_test
    async def test_surface_several_start_at_once(self, scene: Scene[TContext]) -> None:
        """Let several stores open at the same moment, as the workers of a server do."""
        stores = [self.make_store() for _ in range(4)]
        try:
            await asyncio.gather(*(act(store, "connect") for store in stores))
            for number, store in enumerate(stores):
                await scene.through(store).thread(f"thr_{number}")
        finally:
            await asyncio.gather(*(act(store, "close") for store in stores))

    @contract_test
    async def test_surface_used_again_after_close(self, scene: Scene[TContext]) -> None:
        """Connect again by itself when used after close(); closing twice is quiet."""
        await scene.thread("thr_before")
        await act(scene.store, "close")
        await act(scene.store, "close")
        await scene.thread("thr_after")
        expected = ["thr_before", "thr_after"] if self.persistent else ["thr_after"]
        assert (await scene.thread_ids())[-len(expected) :] == expected

    @contract_test
    async def test_surface_second_store_sees_writes(self, scene: Scene[TContext]) -> None:
        """Show each write to another store of the same database as soon as it is confirmed."""
        async with self.open_store() as second:
            there = scene.through(second)
            thread = await scene.thread()
            assert await second.load_thread("thr_1", scene.alice) == thread
            for number in range(5):
                await (scene, there)[number % 2].message(f"itm_{number}")
                expected = [f"itm_{each}" for each in range(number + 1)]
                assert await scene.item_ids() == await there.item_ids() == expected
            await second.delete_thread("thr_1", scene.alice)
            assert await scene.thread_ids() == []

    @pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21])
    @contract_test
    async def test_surface_cancelled(self, scene: Scene[TContext], turns: int) -> None:
        """Store a cancelled item wholly or not at all, and go on working afterwards."""
        await scene.thread()
        confirmed: set[str] = set()
        for number in range(12):
            kept, dropped = f"kept_{number}", f"dropped_{number}"
            tasks = [asyncio.create_task(scene.message(name)) for name in (dropped, kept)]
            for _ in range(turns):
                await asyncio.sleep(0)
            tasks[0].cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert not isinstance(outcomes[1], BaseException), "only one task was cancelled"
            assert not isinstance(outcomes[0], Exception), "cancelling is no error"
            confirmed |= {kept} if isinstance(outcomes[0], BaseException) else {kept, dropped}
        stored = await scene.item_ids(size=5)
        assert confirmed <= set(stored)
        assert len(stored) == len(set(stored))
        for item_id in stored:
            await scene.store.load_item("thr_1", item_id, scene.alice)
