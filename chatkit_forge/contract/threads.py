"""Points 3, 12 and 17: what of a thread is kept, and what goes when it goes."""

from typing import Any, Final

import pytest
from chatkit.store import NotFoundError
from chatkit.types import Page, Thread, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from .harness import Harness, TContext, contract_test
from .ownership import furnish, possessions
from .samples import NESTED, NOON, attachment, message, seconds
from .scene import Scene

THREAD: Final = TypeAdapter(ThreadMetadata)
THREADS: Final[dict[str, dict[str, Any]]] = {
    "bare": {},
    "full": {
        "title": "Trip to Zürich 🏔",
        "status": {"type": "active"},
        "allowed_image_domains": ["example.org", "bücher.example"],
        "metadata": NESTED,
    },
    "locked": {"title": "", "status": {"type": "locked", "reason": "paid"}, "metadata": {"a": {}}},
    "closed": {"status": {"type": "closed", "reason": None}, "allowed_image_domains": []},
}


def build(kind: str) -> ThreadMetadata:
    """Return the thread of this kind, always under the same id."""
    return THREAD.validate_python({"id": "thr_1", "created_at": NOON} | THREADS[kind])


class Threads(Harness[TContext]):
    """Hold that threads are kept whole and deleted whole."""

    @pytest.mark.parametrize("kind", THREADS)
    @contract_test
    async def test_p03_thread_survives(self, scene: Scene[TContext], kind: str) -> None:
        """Return every field of a thread as it was saved, alone and in a page."""
        thread = build(kind)
        await scene.store.save_thread(thread, scene.alice)
        assert await scene.store.load_thread("thr_1", scene.alice) == thread
        page = await scene.store.load_threads(20, None, "desc", scene.alice)
        assert page == Page(data=[thread], has_more=False, after=None)

    @pytest.mark.parametrize("kind", THREADS)
    @contract_test
    async def test_p03_save_is_upsert(self, scene: Scene[TContext], kind: str) -> None:
        """Replace every field on the next save, also by null and by an empty list."""
        await scene.thread(title="before", metadata={"old": 1}, allowed_image_domains=["x.example"])
        await scene.message("itm_1")
        thread = build(kind)
        await scene.store.save_thread(thread, scene.alice)
        assert await scene.store.load_thread("thr_1", scene.alice) == thread
        assert await scene.thread_ids() == ["thr_1"]
        assert await scene.item_ids() == ["itm_1"], "saving a thread again must keep its items"

    @contract_test
    async def test_p03_nothing_shared(self, scene: Scene[TContext]) -> None:
        """Keep what was saved when the caller goes on changing its objects, as the SDK does."""
        thread = await scene.thread(metadata={"list": [1]})
        item = await scene.message("itm_1", text="as saved")
        thread.metadata["list"].append(2)
        item.content[0].text = "changed later"
        loaded = await scene.store.load_thread("thr_1", scene.alice)
        assert loaded.metadata == {"list": [1]}
        loaded.metadata["list"].append(3)
        page = await scene.store.load_thread_items("thr_1", None, 5, "asc", scene.alice)
        page.data.clear()
        assert (await scene.store.load_thread("thr_1", scene.alice)).metadata == {"list": [1]}
        kept = await scene.store.load_item("thr_1", "itm_1", scene.alice)
        assert kept == message("itm_1", "thr_1", text="as saved")

    @contract_test
    async def test_p12_thread_with_items(self, scene: Scene[TContext]) -> None:
        """Store the metadata of a Thread only: its items have their own rows, or none."""
        await scene.thread()
        await scene.message("itm_1")
        items: Page[ThreadItem] = Page(data=[message("itm_9", "thr_1")])
        thread = Thread(id="thr_1", created_at=NOON, title="edited", items=items)
        await scene.store.save_thread(thread, scene.alice)
        loaded = await scene.store.load_thread("thr_1", scene.alice)
        assert loaded == ThreadMetadata(id="thr_1", created_at=NOON, title="edited")
        assert await scene.item_ids() == ["itm_1"]

    @contract_test
    async def test_p17_same_id_is_own_thread(self, scene: Scene[TContext]) -> None:
        """Make Bob's own thread of an id that Alice has; both live and die apart."""
        await furnish(scene, scene.alice, "Alice's")
        before = await possessions(scene, scene.alice)
        bobs = await scene.thread(owner=scene.bob, title="Bob's", created_at=seconds(9))
        assert await scene.store.load_thread("thr_1", scene.bob) == bobs
        assert await scene.item_ids(owner=scene.bob) == []
        await scene.message("itm_1", owner=scene.bob, text="Bob's")
        assert await possessions(scene, scene.alice) == before
        await scene.store.delete_thread("thr_1", scene.alice)
        assert await scene.store.load_thread("thr_1", scene.bob) == bobs
        assert await scene.item_ids(owner=scene.bob) == ["itm_1"]

    @contract_test
    async def test_p17_delete_takes_all_along(self, scene: Scene[TContext]) -> None:
        """Delete a thread with its items and attachments' records, and nothing else."""
        for owner in (scene.alice, scene.bob):
            await furnish(scene, owner, "someone's")
        await scene.thread("thr_2")
        await scene.message("itm_1", "thr_2")
        for attachment_id, thread_id in (("atc_2", "thr_2"), ("atc_loose", None)):
            await scene.store.save_attachment(attachment(attachment_id, thread_id), scene.alice)
        bobs = await possessions(scene, scene.bob)
        await scene.store.delete_thread("thr_1", scene.alice)
        with pytest.raises(NotFoundError, match=r"^Thread thr_1 not found$"):
            await scene.store.load_thread("thr_1", scene.alice)
        with pytest.raises(NotFoundError, match=r"^Item itm_1 not found$"):
            await scene.store.load_item("thr_1", "itm_1", scene.alice)
        with pytest.raises(NotFoundError, match=r"^Attachment atc_1 not found$"):
            await scene.store.load_attachment("atc_1", scene.alice)
        await scene.thread()
        assert await scene.item_ids() == [], "a new thread must not inherit a deleted one's items"
        assert await scene.item_ids("thr_2") == ["itm_1"]
        for attachment_id in ("atc_2", "atc_loose"):
            await scene.store.load_attachment(attachment_id, scene.alice)
        assert await possessions(scene, scene.bob) == bobs
