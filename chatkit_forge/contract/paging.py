"""Point 2: pages say truly whether more follows, and their cursors work, or are refused."""

from itertools import product
from typing import Any, Final

import pytest
from chatkit.store import NotFoundError
from chatkit.types import Page

from .harness import Harness, TContext, contract_cases, contract_test
from .samples import seconds
from .scene import Scene

LENGTH: Final = 101
WALKED: Final = (1, 2, 3, 7, 10, 50, 99, 100)
NO_ITEMS: Final = ("", "itm_404", "itm_foreign", "itm_elsewhere", "thr_1")


class Paging(Harness[TContext]):
    """Hold that paging is exact."""

    @contract_test
    async def test_p02_item_pages_of_every_size(self, scene: Scene[TContext]) -> None:
        """Cut one thread into pages of 1 to 100: the same sequence, both ways, nothing twice."""
        await scene.thread()
        ids = [f"itm_{number}" for number in range(LENGTH)]
        for number, item_id in enumerate(ids):
            # Runs of equal instants, so that many page borders fall inside one.
            await scene.message(item_id, created_at=seconds(number // 4))
        for order, expected in (("asc", ids), ("desc", ids[::-1])):
            for size in WALKED:
                assert await scene.item_ids(size=size, order=order) == expected
            for size in range(1, min(100, self.max_page_size) + 1):
                page = await scene.store.load_thread_items("thr_1", None, size, order, scene.alice)
                assert [item.id for item in page.data] == expected[:size]
                assert (page.has_more, page.after) == (True, expected[size - 1])

    @contract_test
    async def test_p02_thread_pages_of_every_size(self, scene: Scene[TContext]) -> None:
        """Cut the list of threads likewise."""
        ids = [f"thr_{number}" for number in range(24)]
        for number, thread_id in enumerate(ids):
            await scene.thread(thread_id, created_at=seconds(number // 4))
        for order, expected in (("asc", ids), ("desc", ids[::-1])):
            for size in (1, 2, 3, 5, 23, 24, 25, 100):
                assert await scene.thread_ids(size=size, order=order) == expected

    @pytest.mark.parametrize("order", ["asc", "desc"])
    @contract_test
    async def test_p02_exact_end(self, scene: Scene[TContext], order: str) -> None:
        """Offer no further page when the last row is also the last of its page."""
        await scene.thread()
        for item_id in ("itm_1", "itm_2"):
            await scene.message(item_id)
        last = "itm_2" if order == "asc" else "itm_1"
        for limit, after in ((2, None), (3, None), (1, {"asc": "itm_1", "desc": "itm_2"}[order])):
            page = await scene.store.load_thread_items("thr_1", after, limit, order, scene.alice)
            assert (page.data[-1].id, page.has_more, page.after) == (last, False, None)
        page = await scene.store.load_thread_items("thr_1", last, 5, order, scene.alice)
        assert page == Page(data=[], has_more=False, after=None), "past the end is an empty page"
        threads = await scene.store.load_threads(5, "thr_1", order, scene.alice)
        assert threads == Page(data=[], has_more=False, after=None)

    @contract_test
    async def test_p02_empty(self, scene: Scene[TContext]) -> None:
        """Return an empty page for no thread, an empty thread, and an owner without threads."""
        empty: Page[Any] = Page(data=[], has_more=False, after=None)
        assert await scene.store.load_threads(20, None, "desc", scene.alice) == empty
        for _ in ("no such thread", "a thread without items"):
            page = await scene.store.load_thread_items("thr_1", None, 20, "desc", scene.alice)
            assert page == empty
            await scene.thread()

    @contract_cases("cursor,order", [*product(NO_ITEMS, ("asc", "desc"))])
    async def test_p02_item_cursor_refused(
        self, scene: Scene[TContext], cursor: str, order: str
    ) -> None:
        """Refuse a cursor that is empty, unknown, foreign, of another thread or of another kind."""
        await scene.thread()
        await scene.message("itm_1")
        await scene.thread("thr_2")
        await scene.message("itm_elsewhere", "thr_2")
        await scene.thread(owner=scene.bob)
        await scene.message("itm_foreign", owner=scene.bob)
        with pytest.raises(NotFoundError) as caught:
            await scene.store.load_thread_items("thr_1", cursor, 20, order, scene.alice)
        assert str(caught.value) == f"Item {cursor} not found"

    @pytest.mark.parametrize("cursor", ["", "thr_404", "thr_foreign", "itm_1"])
    @contract_test
    async def test_p02_thread_cursor_refused(self, scene: Scene[TContext], cursor: str) -> None:
        """Refuse such a cursor in the list of threads as well."""
        await scene.thread()
        await scene.message("itm_1")
        await scene.thread("thr_foreign", owner=scene.bob)
        for order in ("asc", "desc"):
            with pytest.raises(NotFoundError) as caught:
                await scene.store.load_threads(20, cursor, order, scene.alice)
            assert str(caught.value) == f"Thread {cursor} not found"

    @contract_test
    async def test_p02_stale_cursor_refused(self, scene: Scene[TContext]) -> None:
        """Refuse a cursor whose row was deleted after the page was handed out."""
        await scene.thread()
        await scene.thread("thr_2")
        for item_id in ("itm_1", "itm_2", "itm_3"):
            await scene.message(item_id)
        page = await scene.store.load_thread_items("thr_1", None, 1, "asc", scene.alice)
        assert page.after == "itm_1"
        await scene.store.delete_thread_item("thr_1", "itm_1", scene.alice)
        with pytest.raises(NotFoundError, match=r"^Item itm_1 not found$"):
            await scene.store.load_thread_items("thr_1", "itm_1", 1, "asc", scene.alice)
        await scene.store.delete_thread("thr_1", scene.alice)
        with pytest.raises(NotFoundError, match=r"^Item itm_2 not found$"):
            await scene.store.load_thread_items("thr_1", "itm_2", 1, "asc", scene.alice)
        with pytest.raises(NotFoundError, match=r"^Thread thr_1 not found$"):
            await scene.store.load_threads(1, "thr_1", "asc", scene.alice)
