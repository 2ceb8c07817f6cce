"""Point 1: two owners attack each other through every method, and find nothing."""

from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from chatkit.store import NotFoundError
from chatkit.types import Page

from .calls import CALLS, Ids, call, sdk_methods
from .harness import Harness, TContext, contract_cases, contract_test
from .samples import attachment, message
from .scene import Scene

# {"$ne": None} would match every owner in a MongoDB filter.
NOT_OWNERS: Final = (None, "", 7, True, b"alice", ["alice"], {"$ne": None})


async def furnish(scene: Scene[TContext], owner: TContext, text: str) -> None:
    """Give an owner a thread, two items and an attachment, under the ids of `Ids()`."""
    ids = Ids()
    await scene.thread(ids.thread, owner=owner, title=text)
    for item_id in (ids.item, "itm_2"):
        await scene.message(item_id, ids.thread, owner=owner, text=text)
    await scene.store.save_attachment(attachment(ids.attachment, ids.thread, name=text), owner)


async def possessions(scene: Scene[TContext], owner: TContext) -> list[object]:
    """Return all that `furnish` gave, read back through every reading method."""
    store, ids = scene.store, Ids()
    return [
        await store.load_thread(ids.thread, owner),
        await store.load_thread_items(ids.thread, None, 20, "asc", owner),
        await store.load_item(ids.thread, ids.item, owner),
        await store.load_attachment(ids.attachment, owner),
        await store.load_threads(20, None, "asc", owner),
    ]


class Ownership(Harness[TContext]):
    """Hold that owners are kept apart."""

    @contract_cases("method", sdk_methods())
    async def test_p01_stranger_gets_nothing(self, scene: Scene[TContext], method: str) -> None:
        """Answer as if nothing existed, and change nothing, when Bob uses Alice's ids."""
        await furnish(scene, scene.alice, "Alice's")
        before = await possessions(scene, scene.alice)
        missing = CALLS[method].missing if method in CALLS else None
        if missing is None:
            answer = await call(scene.store, method, Ids(), scene.bob)
            assert answer is None or answer == Page(data=[], has_more=False, after=None)
        else:
            with pytest.raises(NotFoundError) as caught:
                await call(scene.store, method, Ids(), scene.bob)
            expected = missing.format(thread="thr_1", item="itm_1", attachment="atc_1")
            assert str(caught.value) == expected
        assert await possessions(scene, scene.alice) == before

    @contract_cases("method", sdk_methods())
    async def test_p01_same_ids_two_owners(self, scene: Scene[TContext], method: str) -> None:
        """Act on Bob's own rows alone when both owners use the same ids throughout."""
        await furnish(scene, scene.alice, "Alice's")
        await furnish(scene, scene.bob, "Bob's")
        before = await possessions(scene, scene.alice)
        answer = await call(scene.store, method, Ids(), scene.bob)
        assert "Alice" not in repr(answer), "Bob was shown what is Alice's"
        assert await possessions(scene, scene.alice) == before

    @pytest.mark.parametrize("method", ["load_item", "delete_thread_item", "load_thread_items"])
    @contract_test
    async def test_p01_through_own_thread(self, scene: Scene[TContext], method: str) -> None:
        """Reach no item of Alice's through a thread that Bob really has."""
        await furnish(scene, scene.alice, "Alice's")
        await scene.thread("thr_bob", owner=scene.bob)
        before = await possessions(scene, scene.alice)
        ids = Ids(thread="thr_bob", after="itm_1" if method == "load_thread_items" else None)
        if method == "delete_thread_item":
            await call(scene.store, method, ids, scene.bob)
        else:
            with pytest.raises(NotFoundError, match=r"^Item itm_1 not found$"):
                await call(scene.store, method, ids, scene.bob)
        assert await possessions(scene, scene.alice) == before

    @contract_test
    async def test_p01_through_own_other_thread(self, scene: Scene[TContext]) -> None:
        """Find an item in its own thread only, also when both threads are Alice's."""
        await furnish(scene, scene.alice, "Alice's")
        await scene.thread("thr_2")
        with pytest.raises(NotFoundError, match=r"^Item itm_1 not found$"):
            await scene.store.load_item("thr_2", "itm_1", scene.alice)
        await scene.store.delete_thread_item("thr_2", "itm_1", scene.alice)
        assert await scene.item_ids("thr_1") == ["itm_1", "itm_2"]

    @contract_cases("method", sdk_methods())
    async def test_p01_owner_required(self, scene: Scene[TContext], method: str) -> None:
        """Refuse a request whose owner is missing, empty or no string; never coerce one."""
        await furnish(scene, scene.alice, "Alice's")
        nobody: list[object] = [None, {} if isinstance(scene.alice, dict) else SimpleNamespace()]
        for owner in NOT_OWNERS:
            try:
                nobody.append(self.make_context(cast("str", owner)))
            except (TypeError, ValueError):
                continue  # This type of context refuses such an owner by itself.
        for context in nobody:
            with pytest.raises(PermissionError):
                await call(scene.store, method, Ids(), context)

    @contract_test
    async def test_p01_lists_are_own(self, scene: Scene[TContext]) -> None:
        """List each owner's threads to that owner alone, also when they alternate in time."""
        for number in range(6):
            owner = scene.alice if number % 2 else scene.bob
            await scene.thread(f"thr_{number}", owner=owner)
            await scene.store.add_thread_item(
                f"thr_{number}", message("itm", f"thr_{number}"), cast("Any", owner)
            )
        for size in (1, 2, 3, 100):
            assert await scene.thread_ids(size=size) == ["thr_1", "thr_3", "thr_5"]
            assert await scene.thread_ids(owner=scene.bob, size=size) == ["thr_0", "thr_2", "thr_4"]
