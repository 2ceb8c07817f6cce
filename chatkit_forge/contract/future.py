"""Point 6: an item of a type the installed SDK does not know yet spoils nothing else."""

import json
import logging

import pytest
from chatkit.types import Page

from .harness import Harness, TContext, contract_test
from .samples import NOON, message
from .scene import Scene

FUTURE = json.dumps(
    {
        "type": "hologram",
        "id": "itm_2",
        "thread_id": "thr_1",
        "created_at": NOON.isoformat(),
        "secret": "beam",
    }
)


class Future(Harness[TContext]):
    """Hold that one unreadable row does not take its thread along."""

    async def plant(self, scene: Scene[TContext]) -> None:
        """Store three messages and turn the second into what a later SDK would have written."""
        await scene.thread()
        for item_id in ("itm_1", "itm_2", "itm_3"):
            await scene.message(item_id)
        await self.write_raw_item(scene.store, "thr_1", "itm_2", FUTURE, scene.alice_id)

    @contract_test
    async def test_p06_future_type_left_out_of_pages(
        self, scene: Scene[TContext], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Leave the row out with a warning that shows no text, and count it in `after`."""
        await self.plant(scene)
        load = scene.store.load_thread_items
        with caplog.at_level(logging.WARNING):
            page = await load("thr_1", None, 20, "asc", scene.alice)
        assert page == Page(data=[message("itm_1", "thr_1"), message("itm_3", "thr_1")])
        warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert any("itm_2" in record.getMessage() for record in warnings), "say which item"
        assert "beam" not in caplog.text, "log no content"
        page = await load("thr_1", None, 2, "asc", scene.alice)
        assert ([row.id for row in page.data], page.after) == (["itm_1"], "itm_2")
        page = await load("thr_1", "itm_1", 1, "asc", scene.alice)
        assert (page.data, page.has_more, page.after) == ([], True, "itm_2")
        page = await load("thr_1", "itm_2", 1, "asc", scene.alice)
        assert ([row.id for row in page.data], page.has_more) == (["itm_3"], False)
        page = await load("thr_1", "itm_2", 1, "desc", scene.alice)
        assert ([row.id for row in page.data], page.has_more) == (["itm_1"], False)

    @contract_test
    async def test_p06_future_type_alone(self, scene: Scene[TContext]) -> None:
        """Say that the item is stored but cannot be read; keep it until it can, or is deleted."""
        await self.plant(scene)
        with pytest.raises(ValueError, match="itm_2"):
            await scene.store.load_item("thr_1", "itm_2", scene.alice)
        await scene.thread(title="renamed")
        readable = message("itm_2", "thr_1", text="understood at last")
        text = readable.model_dump_json()
        await self.write_raw_item(scene.store, "thr_1", "itm_2", text, scene.alice_id)
        assert await scene.store.load_item("thr_1", "itm_2", scene.alice) == readable
        assert await scene.item_ids() == ["itm_1", "itm_2", "itm_3"]

    @contract_test
    async def test_p06_future_type_can_be_replaced_and_deleted(
        self, scene: Scene[TContext]
    ) -> None:
        """Replace the row in place by an item the SDK knows, or delete it."""
        await self.plant(scene)
        await scene.message("itm_2", text="replaced")
        assert await scene.item_ids(size=1) == ["itm_1", "itm_2", "itm_3"]
        await self.write_raw_item(scene.store, "thr_1", "itm_2", FUTURE, scene.alice_id)
        await scene.store.delete_thread_item("thr_1", "itm_2", scene.alice)
        assert await scene.item_ids(size=1) == ["itm_1", "itm_3"]
