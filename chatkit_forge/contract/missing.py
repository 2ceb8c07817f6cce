"""Points 7 and 9: what is missing is said to be, deleting it is quiet, saving creates it."""

import pytest
from chatkit.store import NotFoundError

from .calls import CALLS, Ids, call, sdk_methods
from .harness import Harness, TContext, contract_test
from .ownership import furnish, possessions
from .samples import message, sample
from .scene import Scene

LOUD = tuple(name for name in sdk_methods() if name in CALLS and CALLS[name].missing)
DELETES = tuple(name for name in sdk_methods() if name.startswith("delete_"))


class Missing(Harness[TContext]):
    """Hold that what is not there is treated alike everywhere."""

    @pytest.mark.parametrize("method", LOUD)
    @contract_test
    async def test_p07_not_found(self, scene: Scene[TContext], method: str) -> None:
        """Raise the SDK's NotFoundError with the id, never KeyError, and make up nothing."""
        for _ in range(2):
            with pytest.raises(NotFoundError) as caught:
                await call(scene.store, method, Ids(), scene.alice)
            expected = (CALLS[method].missing or "").format(
                thread="thr_1", item="itm_1", attachment="atc_1"
            )
            assert str(caught.value) == expected
        assert await scene.thread_ids() == [], "no phantom thread"
        assert await scene.item_ids() == []

    @contract_test
    async def test_p07_item_missing_in_real_thread(self, scene: Scene[TContext]) -> None:
        """Name the item when the thread is there and the item is not."""
        await scene.thread()
        with pytest.raises(NotFoundError, match=r"^Item itm_404 not found$"):
            await scene.store.load_item("thr_1", "itm_404", scene.alice)

    @contract_test
    async def test_p09_save_item_inserts(self, scene: Scene[TContext]) -> None:
        """Insert a new item by save_item, as the SDK does with widgets; update it the next time."""
        await scene.thread()
        widget = sample("widget", "itm_1", "thr_1")
        await scene.store.save_item("thr_1", widget, scene.alice)
        assert await scene.store.load_item("thr_1", "itm_1", scene.alice) == widget
        update = message("itm_1", "thr_1", text="updated")
        await scene.store.save_item("thr_1", update, scene.alice)
        assert await scene.store.load_item("thr_1", "itm_1", scene.alice) == update
        assert await scene.item_ids() == ["itm_1"]

    @pytest.mark.parametrize("method", DELETES)
    @contract_test
    async def test_p09_delete_is_quiet(self, scene: Scene[TContext], method: str) -> None:
        """Return None when there is nothing to delete: before, and after having deleted it."""
        assert await call(scene.store, method, Ids(), scene.alice) is None
        await furnish(scene, scene.alice, "Alice's")
        for _ in range(2):
            assert await call(scene.store, method, Ids(), scene.alice) is None
        await furnish(scene, scene.alice, "Alice's again")
        assert len(await possessions(scene, scene.alice)) == 5

    @contract_test
    async def test_p09_deleted_item_leaves_the_rest(self, scene: Scene[TContext]) -> None:
        """Delete one item alone; added again, it takes a new place among equal instants."""
        await scene.thread()
        for item_id in ("itm_1", "itm_2", "itm_3"):
            await scene.message(item_id)
        await scene.store.delete_thread_item("thr_1", "itm_2", scene.alice)
        assert await scene.item_ids() == ["itm_1", "itm_3"]
        with pytest.raises(NotFoundError, match=r"^Item itm_2 not found$"):
            await scene.store.load_item("thr_1", "itm_2", scene.alice)
        await scene.message("itm_2")
        assert await scene.item_ids() == ["itm_1", "itm_3", "itm_2"]
