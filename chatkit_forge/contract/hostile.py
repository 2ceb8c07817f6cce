"""Point 16: hostile values come back equal, or are refused before anything is written."""

from collections.abc import Awaitable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

import pytest
from chatkit.store import NotFoundError
from chatkit.types import HiddenContextItem

from .harness import Harness, TContext, contract_cases, contract_test
from .samples import NOON, attachment, message
from .scene import Scene


def nested(depth: int) -> object:
    """Return a list in a list, so many levels deep."""
    value: object = "bottom"
    for _ in range(depth):
        value = [value]
    return value


async def refused(write: Awaitable[None]) -> bool:
    """Return whether the store refused to write; anything but ValueError is a fault."""
    try:
        await write
    except ValueError:
        return True
    return False


# JSON can hold these, so a store must.
KEPT: Final[dict[str, Any]] = {
    "nul": "a\0b",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x80\u2028\u2029",
    "emoji": "👩\u200d👩\u200d👧 🏳️\u200d🌈",
    "decomposed": "e\u0301 is not \u00e9",
    "noncharacters": "\ufeff\ufffe\uffff\U0010ffff",
    "injection": "'; DROP TABLE chatkit_items; -- \\' \" %s $1 :x {x} \\u0000 \\x00",
    "markup": "<script>alert(1)</script>]]>&amp;",
    "big_integers": [2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**70, -(2**70)],
    "floats": [0.1, 1e308, -1e308, 5e-324, 1.0, 1e22],
    "dollar_keys": {"$set": {"$where": 1}, "$": 2, "a$b": 3},
    "dotted_keys": {"a.b": {"c..d": 1}, ".": 2, "": 3},
    "odd_keys": {"\0": 1, "_id": 2, "__proto__": 3, "'": 4, "\\": 5, "e\u0301": 6, "\u00e9": 7},
    "nulls": {"a": None, "b": [None], "c": {}},
    "deep": nested(60),
    "long": "x€" * 60_000,
    "many_keys": {f"key {number}": number for number in range(3000)},
    "looks_like_json": '{"a": "\\ud800"}',
}
# JSON cannot hold these unchanged: a store keeps them all the same, or says so.
REFUSED_OR_KEPT: Final[dict[str, Any]] = {
    "tuple": (1, 2),
    "set": {1, 2},
    "bytes": b"\xff",
    "datetime": NOON,
    "decimal": Decimal("1.10"),
    "nan": float("nan"),
    "infinity": float("inf"),
    "lone_surrogate": "\ud800",
    "surrogate_key": {"\udfff": 1},
    "integer_key": {1: "a"},
    "object": object(),
    "very_deep": nested(900),
    "8_mib": "x" * (8 << 20),
}


class Hostile(Harness[TContext]):
    """Hold that values cannot break out, break down, or change on the way."""

    @contract_cases("kind", KEPT)
    async def test_p16_value_kept(self, scene: Scene[TContext], kind: str) -> None:
        """Return the value equal from a thread, an item and an attachment's record."""
        value, store, alice = KEPT[kind], scene.store, scene.alice
        text = value if isinstance(value, str) else kind
        thread = await scene.thread(title=text, metadata={"value": value})
        item = HiddenContextItem(id="itm_1", thread_id="thr_1", created_at=NOON, content=value)
        await store.add_thread_item("thr_1", item, alice)
        spoken = await scene.message("itm_2", text=text)
        record = attachment("atc_1", name=text, metadata={"value": value})
        await store.save_attachment(record, alice)
        assert await store.load_thread("thr_1", alice) == thread
        assert await store.load_item("thr_1", "itm_1", alice) == item
        assert await store.load_attachment("atc_1", alice) == record
        page = await store.load_thread_items("thr_1", None, 5, "asc", alice)
        assert page.data == [item, spoken]

    @contract_cases("kind", REFUSED_OR_KEPT)
    async def test_p16_value_kept_or_refused(self, scene: Scene[TContext], kind: str) -> None:
        """Return the value equal, or raise ValueError and leave everything as it was."""
        value, store, alice = REFUSED_OR_KEPT[kind], scene.store, scene.alice
        before = await scene.thread("thr_old", metadata={"old": True})
        said = await scene.message("itm_old", "thr_old")
        old = attachment("atc_old", metadata={"old": True})
        await store.save_attachment(old, alice)

        hostile = before.model_copy(update={"metadata": {"value": value}})
        for thread_id in ("thr_old", "thr_new"):
            thread = hostile.model_copy(update={"id": thread_id})
            if not await refused(store.save_thread(thread, alice)):
                assert await store.load_thread(thread_id, alice) == thread
            elif thread_id == "thr_old":
                assert await store.load_thread(thread_id, alice) == before
            else:
                with pytest.raises(NotFoundError):
                    await store.load_thread(thread_id, alice)

        for item_id in ("itm_old", "itm_new"):
            item = HiddenContextItem(
                id=item_id, thread_id="thr_old", created_at=NOON, content=[value]
            )
            if not await refused(store.save_item("thr_old", item, alice)):
                assert await store.load_item("thr_old", item_id, alice) == item
            elif item_id == "itm_old":
                assert await store.load_item("thr_old", item_id, alice) == said
            else:
                assert await scene.item_ids("thr_old") == ["itm_old"]

        record = old.model_copy(update={"metadata": {"value": value}})
        if await refused(store.save_attachment(record, alice)):
            assert await store.load_attachment("atc_old", alice) == old
        else:
            assert await store.load_attachment("atc_old", alice) == record

    @contract_test
    async def test_p16_seconds_in_offset(self, scene: Scene[TContext]) -> None:
        """Keep an offset with seconds, which ISO 8601 has no text for, or refuse it."""
        at = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1, seconds=30)))
        await scene.thread()
        if await refused(
            scene.store.add_thread_item("thr_1", message("itm_1", "thr_1", at), scene.alice)
        ):
            assert await scene.item_ids() == []
        else:
            loaded = await scene.store.load_item("thr_1", "itm_1", scene.alice)
            assert loaded.created_at.isoformat() == at.isoformat()
