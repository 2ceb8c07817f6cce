"""Points 4, 11 and 17 under load: many writers at once lose, repeat and orphan nothing."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import pytest
from chatkit.store import NotFoundError

from .harness import Harness, TContext, contract_test
from .samples import message
from .scene import Scene

WRITERS: Final = 200


class Concurrency(Harness[TContext]):
    """Hold that writers at the same moment do not disturb one another."""

    @contract_test
    async def test_p11_200_writers_one_thread(self, scene: Scene[TContext]) -> None:
        """Store 200 items written to one thread at once, each exactly once, in one order."""
        await scene.thread()
        ids = [f"itm_{number}" for number in range(WRITERS)]
        await asyncio.gather(*(scene.message(item_id) for item_id in ids))
        forward = await scene.item_ids(size=7)
        assert sorted(forward) == sorted(ids)
        assert await scene.item_ids(size=50, order="desc") == forward[::-1]

    @contract_test
    async def test_p11_several_stores_write_at_once(self, scene: Scene[TContext]) -> None:
        """Number the items of one thread alike from four stores, as the workers of a server do."""
        await scene.thread()
        ids = [f"itm_{number}" for number in range(40)]
        async with AsyncExitStack() as stack:
            stores = [await stack.enter_async_context(self.open_store()) for _ in range(4)]
            workers = [scene.through(store) for store in stores]
            await asyncio.gather(
                *(workers[at % 4].message(item_id) for at, item_id in enumerate(ids)),
                *(worker.message("itm_same") for worker in workers),
            )
        forward = await scene.item_ids(size=7)
        assert sorted(forward) == sorted([*ids, "itm_same"])
        assert await scene.item_ids(size=50, order="desc") == forward[::-1]

    @contract_test
    async def test_p11_200_threads_one_owner(self, scene: Scene[TContext]) -> None:
        """Store 200 threads begun at once by one owner, each with its first item."""
        ids = [f"thr_{number}" for number in range(WRITERS)]

        async def begin(thread_id: str) -> None:
            await scene.thread(thread_id)
            await scene.message("itm_1", thread_id)

        await asyncio.gather(*(begin(thread_id) for thread_id in ids))
        forward = await scene.thread_ids(size=100)
        assert sorted(forward) == sorted(ids)
        assert await scene.thread_ids(size=33, order="desc") == forward[::-1]
        pages = await asyncio.gather(*(scene.item_ids(thread_id) for thread_id in ids))
        assert pages == [["itm_1"]] * WRITERS

    @pytest.mark.parametrize("method", ["add_thread_item", "save_item"])
    @contract_test
    async def test_p04_same_item_at_once(self, scene: Scene[TContext], method: str) -> None:
        """Keep one row, whole, of an item that 30 writers store at the same moment."""
        await scene.thread()
        items = [message("itm_1", "thr_1", text=f"version {number}") for number in range(30)]
        write = getattr(scene.store, method)
        await asyncio.gather(*(write("thr_1", item, scene.alice) for item in items))
        assert await scene.store.load_item("thr_1", "itm_1", scene.alice) in items
        assert await scene.item_ids() == ["itm_1"]

    @contract_test
    async def test_p03_same_thread_at_once(self, scene: Scene[TContext]) -> None:
        """Keep one row of a thread that 30 writers save at the same moment, for two owners."""
        await asyncio.gather(
            *(
                scene.thread(owner=owner, title=f"version {number}")
                for number in range(30)
                for owner in (scene.alice, scene.bob)
            )
        )
        for owner in (scene.alice, scene.bob):
            assert await scene.thread_ids(owner=owner) == ["thr_1"]

    @contract_test
    async def test_p17_delete_leaves_no_orphan(self, scene: Scene[TContext]) -> None:
        """Leave no item behind when a thread is deleted while others write to it."""
        await scene.thread()
        ids = [f"itm_{number}" for number in range(30)]
        writes = [scene.message(item_id) for item_id in ids]
        delete = scene.store.delete_thread("thr_1", scene.alice)
        outcomes = await asyncio.gather(*writes[:15], delete, *writes[15:], return_exceptions=True)
        for outcome in outcomes:
            assert not isinstance(outcome, BaseException) or isinstance(outcome, NotFoundError)
        assert await scene.item_ids() == []
        for item_id in ids:
            with pytest.raises(NotFoundError):
                await scene.store.load_item("thr_1", item_id, scene.alice)
        await scene.thread()
        assert await scene.item_ids() == []

    @contract_test
    async def test_p11_paging_while_others_write(self, scene: Scene[TContext]) -> None:
        """Show what was there before exactly once to a reader who pages while others write."""
        await scene.thread()
        ids = [f"itm_{number}" for number in range(20)]
        for item_id in ids:
            await scene.message(item_id)
        writes = [asyncio.create_task(scene.message(f"new_{number}")) for number in range(30)]
        seen = await scene.item_ids(size=3)
        await asyncio.gather(*writes)
        assert seen[:20] == ids
        assert len(set(seen)) == len(seen)
