"""Points 4, 5 and 6: items are stored whole, again in place, and never over another's."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import pytest
from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem

from .harness import Harness, TContext, contract_test
from .samples import SAMPLES, item_types, message, sample, seconds
from .scene import Scene

# Both do the same: the SDK adds what may exist and saves what may be new.
WRITERS: Final = ("add_thread_item", "save_item")


def writer(store: Store[TContext], name: str) -> Callable[..., Awaitable[None]]:
    """Return the store's method of this name."""
    return getattr(store, name)


class Items(Harness[TContext]):
    """Hold that items are kept whole, each in its thread."""

    @pytest.mark.parametrize("kind", item_types())
    @contract_test
    async def test_p06_round_trip(self, scene: Scene[TContext], kind: str) -> None:
        """Return an item of every type equal to what was added, alone and in a page."""
        assert kind in SAMPLES, f"the SDK has items of type {kind}, the suite has no sample of it"
        await scene.thread()
        item = sample(kind, "itm_1", "thr_1")
        await scene.store.add_thread_item("thr_1", item, scene.alice)
        loaded = await scene.store.load_item("thr_1", "itm_1", scene.alice)
        assert loaded == item
        assert type(loaded) is type(item)
        page = await scene.store.load_thread_items("thr_1", None, 20, "asc", scene.alice)
        assert page == Page(data=[item], has_more=False, after=None)

    @pytest.mark.parametrize("method", WRITERS)
    @contract_test
    async def test_p04_stored_again(self, scene: Scene[TContext], method: str) -> None:
        """Update a resumed workflow in place: new content, same place among equal instants."""
        await scene.thread()
        for item_id in ("itm_0", "itm_1", "itm_2"):
            await scene.message(item_id)
        workflow = sample("workflow", "itm_1", "thr_1")
        for _ in range(2):
            await writer(scene.store, method)("thr_1", workflow, scene.alice)
            assert await scene.store.load_item("thr_1", "itm_1", scene.alice) == workflow
            assert await scene.item_ids(size=1) == ["itm_0", "itm_1", "itm_2"]

    @pytest.mark.parametrize("method", WRITERS)
    @pytest.mark.parametrize("at", [seconds(-5), seconds(5)], ids=["earlier", "later"])
    @contract_test
    async def test_p04_stored_again_at_another_time(
        self, scene: Scene[TContext], at: datetime, method: str
    ) -> None:
        """Move an item to its new instant, and return the new created_at."""
        await scene.thread()
        for item_id in ("itm_0", "itm_1", "itm_2"):
            await scene.message(item_id)
        moved = message("itm_1", "thr_1", at, "moved")
        await writer(scene.store, method)("thr_1", moved, scene.alice)
        assert await scene.store.load_item("thr_1", "itm_1", scene.alice) == moved
        rest = ["itm_0", "itm_2"]
        expected = ["itm_1", *rest] if at < seconds(0) else [*rest, "itm_1"]
        for size in (1, 2, 100):
            assert await scene.item_ids(size=size) == expected
            assert await scene.item_ids(size=size, order="desc") == expected[::-1]

    @pytest.mark.parametrize("method", WRITERS)
    @contract_test
    async def test_p04_thread_required(self, scene: Scene[TContext], method: str) -> None:
        """Refuse an item for a thread that is missing or Bob's; create neither."""
        await scene.thread("thr_bob", owner=scene.bob)
        for thread_id in ("thr_404", "thr_bob"):
            with pytest.raises(NotFoundError, match=f"^Thread {thread_id} not found$"):
                await writer(scene.store, method)(
                    thread_id, message("itm_1", thread_id), scene.alice
                )
            assert await scene.item_ids(thread_id) == []
            with pytest.raises(NotFoundError):
                await scene.store.load_item(thread_id, "itm_1", scene.alice)
        assert await scene.thread_ids() == []
        assert await scene.item_ids("thr_bob", owner=scene.bob) == []

    @pytest.mark.parametrize("method", WRITERS)
    @contract_test
    async def test_p04_thread_must_match(self, scene: Scene[TContext], method: str) -> None:
        """Refuse an item that names another thread than the call does; write it to neither."""
        await scene.thread("thr_1")
        await scene.thread("thr_2")
        with pytest.raises(ValueError, match="thr_"):
            await writer(scene.store, method)("thr_1", message("itm_1", "thr_2"), scene.alice)
        assert await scene.item_ids("thr_1") == await scene.item_ids("thr_2") == []

    @pytest.mark.parametrize("method", WRITERS)
    @contract_test
    async def test_p05_same_item_id_in_two_threads(
        self, scene: Scene[TContext], method: str
    ) -> None:
        """Keep an item of each thread under the same id: writing one moves or changes no other."""
        places: list[tuple[str, Any]] = [
            ("thr_1", scene.alice),
            ("thr_2", scene.alice),
            ("thr_1", scene.bob),
        ]
        stored: list[ThreadItem] = []
        for number, (thread_id, owner) in enumerate(places):
            await scene.thread(thread_id, owner=owner)
            item = message("itm_1", thread_id, seconds(number), f"number {number}")
            await writer(scene.store, method)(thread_id, item, owner)
            stored.append(item)
        for (thread_id, owner), item in zip(places, stored, strict=True):
            assert await scene.store.load_item(thread_id, "itm_1", owner) == item
            assert await scene.item_ids(thread_id, owner=owner) == ["itm_1"]
        await scene.store.delete_thread_item("thr_1", "itm_1", scene.alice)
        assert await scene.item_ids("thr_1") == []
        assert await scene.item_ids("thr_2") == ["itm_1"]
        assert await scene.item_ids("thr_1", owner=scene.bob) == ["itm_1"]

    @contract_test
    async def test_p05_thread_overwrites_nothing(self, scene: Scene[TContext]) -> None:
        """Leave Alice's thread and record untouched when Bob saves under their ids."""
        thread = await scene.thread(title="Alice's", metadata={"secret": 1})
        await scene.thread(owner=scene.bob, title="Bob's")
        assert await scene.store.load_thread("thr_1", scene.alice) == thread
        assert await scene.thread_ids(owner=scene.bob) == ["thr_1"]
