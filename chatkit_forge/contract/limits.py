"""Point 14: limit and order come from clients, so they are checked and capped."""

from typing import Final

import pytest

from .harness import Harness, TContext, contract_cases, contract_test
from .scene import Scene

BAD_LIMITS: Final = (0, -1, -5, -(2**70))
BAD_ORDERS: Final = ("", "ASC", "Desc", "ascending", "1", "asc; DROP TABLE chatkit_items; --", "-1")


class Limits(Harness[TContext]):
    """Hold that a client cannot ask for nonsense, nor for everything."""

    @contract_cases("limit", BAD_LIMITS)
    async def test_p14_limit_refused(self, scene: Scene[TContext], limit: int) -> None:
        """Refuse a limit that is not positive, also where there is nothing to list."""
        for _ in range(2):
            with pytest.raises(ValueError, match="limit"):
                await scene.store.load_thread_items("thr_1", None, limit, "asc", scene.alice)
            with pytest.raises(ValueError, match="limit"):
                await scene.store.load_threads(limit, None, "asc", scene.alice)
            await scene.thread()
            await scene.message("itm_1")

    @contract_cases("order", BAD_ORDERS)
    async def test_p14_order_refused(self, scene: Scene[TContext], order: str) -> None:
        """Refuse an order that is not "asc" or "desc", and run no part of it."""
        await scene.thread()
        await scene.message("itm_1")
        for after in (None, "itm_1"):
            with pytest.raises(ValueError, match="order"):
                await scene.store.load_thread_items("thr_1", after, 5, order, scene.alice)
        with pytest.raises(ValueError, match="order"):
            await scene.store.load_threads(5, None, order, scene.alice)
        assert await scene.item_ids() == ["itm_1"]

    @contract_test
    async def test_p14_item_pages_capped(self, scene: Scene[TContext]) -> None:
        """Cap a page of items at `max_page_size`, and say that more follows."""
        await scene.thread()
        ids = [f"itm_{number}" for number in range(self.max_page_size + 1)]
        for item_id in ids:
            await scene.message(item_id)
        for limit in (self.max_page_size + 1, 100_000, 2**70):
            page = await scene.store.load_thread_items("thr_1", None, limit, "asc", scene.alice)
            assert [row.id for row in page.data] == ids[:-1]
            assert (page.has_more, page.after) == (True, ids[-2])
            page = await scene.store.load_thread_items("thr_1", ids[-2], limit, "asc", scene.alice)
            assert ([row.id for row in page.data], page.has_more) == (ids[-1:], False)

    @contract_test
    async def test_p14_thread_pages_capped(self, scene: Scene[TContext]) -> None:
        """Cap a page of threads likewise; a large limit below the cap is served in full."""
        ids = [f"thr_{number}" for number in range(self.max_page_size + 1)]
        for thread_id in ids:
            await scene.thread(thread_id)
        page = await scene.store.load_threads(100_000, None, "asc", scene.alice)
        assert [row.id for row in page.data] == ids[:-1]
        assert (page.has_more, page.after) == (True, ids[-2])
        await scene.store.delete_thread(ids[0], scene.alice)
        page = await scene.store.load_threads(100_000, None, "asc", scene.alice)
        assert ([row.id for row in page.data], page.has_more) == (ids[1:], False)
