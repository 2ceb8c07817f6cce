"""Point 15: ids and owners are told apart byte by byte; 16: odd ids are ordinary or refused."""

import uuid
from typing import Any, Final, cast

import pytest
from chatkit.store import NotFoundError

from .calls import CALLS, Ids, call, sdk_methods
from .harness import Harness, TContext, contract_cases, contract_test
from .ownership import furnish, possessions
from .samples import attachment, message
from .scene import Scene

# What collations that ignore case, accents, width, trailing blanks or zero-width marks would merge.
LOOKALIKES: Final = (
    "strasse", "STRASSE", "Strasse", "straße", "stras\u0301e", "straśe", "strasse ", "strasse  ",
    " strasse", "strasse\t", "\uff53trasse", "strasse\u200b", "strasse\u00a0", "strasse.",
    "\u017ftrasse",
)  # fmt: skip

ODD_IDS: Final = {
    "empty": "",
    "injection": "'; DROP TABLE chatkit_threads; --",
    "quotes": "\"'`\u00b4",
    "backslash": "\\' OR 1=1 \\",
    "percent": "%",
    "underscore": "_____",
    "dollar": "$where",
    "dots": "a.b..c",
    "json": '{"$ne": null}',
    "path": "../../etc/passwd",
    "controls": "\x01\x1b\x7f\r\n",
    "direction": "\u202e\u2066",
    "emoji": "👩\u200d👩\u200d👧🎌",
    "noncharacter": "\uffff\U0010ffff",
    "255_ascii": "x" * 255,
    "255_bytes": "é" * 127 + "x",
    "255_emoji": "🎌" * 63 + "xyz",
}
REFUSED_IDS: Final = {
    "256_ascii": "x" * 256,
    "256_bytes": "é" * 128,
    "long": "x" * 100_000,
    "nul": "a\0b",
    "nul_at_end": "thr_1\0",
    "lone_surrogate": "\ud800",
}
USES: Final = [
    (method, use) for method in sdk_methods() if method in CALLS for use in CALLS[method].uses
]


class Identity(Harness[TContext]):
    """Hold that an id means itself and nothing else."""

    @contract_test
    async def test_p15_lookalike_ids(self, scene: Scene[TContext]) -> None:
        """Keep a thread, an item and a record for each of several ids that look alike."""
        for text in LOOKALIKES:
            await scene.thread(text, title=text)
            await scene.message(text, LOOKALIKES[0], text=text)
            await scene.store.save_attachment(attachment(text, name=text), scene.alice)
        for text in LOOKALIKES:
            assert (await scene.store.load_thread(text, scene.alice)).title == text
            item = await scene.store.load_item(LOOKALIKES[0], text, scene.alice)
            assert item == message(text, LOOKALIKES[0], text=text)
            assert (await scene.store.load_attachment(text, scene.alice)).name == text
        assert await scene.thread_ids(size=1) == list(LOOKALIKES)
        assert await scene.item_ids(LOOKALIKES[0], size=1) == list(LOOKALIKES)

    @contract_test
    async def test_p15_lookalike_owners(self, scene: Scene[TContext]) -> None:
        """Keep owners apart whose names look alike."""
        common = uuid.uuid4().hex
        owners = [self.make_context(common + text) for text in LOOKALIKES]
        for text, owner in zip(LOOKALIKES, owners, strict=True):
            await scene.thread(owner=owner, title=text)
        for text, owner in zip(LOOKALIKES, owners, strict=True):
            page = await scene.store.load_threads(20, None, "asc", owner)
            assert [thread.title for thread in page.data] == [text]

    @contract_test
    async def test_p15_odd_owners(self, scene: Scene[TContext]) -> None:
        """Serve owners whose names mean something to a database, each apart."""
        unique = uuid.uuid4().hex
        names = [text + unique for kind, text in ODD_IDS.items() if not kind.startswith("255")]
        for name in names:
            owner = self.make_context(name)
            await scene.thread(owner=owner, title=name)
            await scene.message("itm_1", owner=owner)
        for name in names:
            owner = self.make_context(name)
            page = await scene.store.load_threads(20, None, "asc", owner)
            assert [thread.title for thread in page.data] == [name]
            assert await scene.item_ids(owner=owner) == ["itm_1"]

    @contract_cases("kind", ODD_IDS)
    async def test_p16_odd_id_is_ordinary(self, scene: Scene[TContext], kind: str) -> None:
        """Write, read, page by and delete under an odd id, without touching a neighbour."""
        odd, store, alice = ODD_IDS[kind], scene.store, scene.alice
        await furnish(scene, alice, "neighbour")
        thread = await scene.thread(odd, title="odd")
        item = await scene.message(odd, odd)
        record = attachment(odd, odd)
        await store.save_attachment(record, alice)
        assert await store.load_thread(odd, alice) == thread
        assert await store.load_item(odd, odd, alice) == item
        assert await store.load_attachment(odd, alice) == record
        assert (await store.load_thread_items(odd, odd, 5, "asc", alice)).data == []
        assert (await store.load_threads(5, odd, "asc", alice)).data == []
        assert await scene.thread_ids(size=1) == ["thr_1", odd]
        await store.delete_thread_item(odd, odd, alice)
        await store.delete_attachment(odd, alice)
        await store.delete_thread(odd, alice)
        assert await scene.thread_ids() == ["thr_1"]
        assert len(await possessions(scene, alice)) == 5

    @contract_cases("method,use", USES)
    async def test_p16_bad_id_refused(self, scene: Scene[TContext], method: str, use: str) -> None:
        """Refuse an id over 255 bytes, with U+0000 or a lone surrogate; write nothing."""
        await furnish(scene, scene.alice, "Alice's")
        before = await possessions(scene, scene.alice)
        for text in REFUSED_IDS.values():
            with pytest.raises(ValueError):  # noqa: PT011
                await call(scene.store, method, Ids(**{use: text}), scene.alice)
        assert await possessions(scene, scene.alice) == before

    @contract_cases("method,use", USES)
    async def test_p16_id_of_another_type_refused(
        self, scene: Scene[TContext], method: str, use: str
    ) -> None:
        """Refuse what is no string, such as a MongoDB operator, before it reaches a query."""
        await furnish(scene, scene.alice, "Alice's")
        before = await possessions(scene, scene.alice)
        for value in ({"$ne": None}, ["thr_1"], 7, b"thr_1"):
            with pytest.raises(ValueError):  # noqa: PT011
                await call(scene.store, method, Ids(**{use: cast("Any", value)}), scene.alice)
        assert await possessions(scene, scene.alice) == before

    @pytest.mark.parametrize("kind", ["256_ascii", "256_bytes", "nul", "lone_surrogate"])
    @contract_test
    async def test_p16_bad_owner_refused(self, scene: Scene[TContext], kind: str) -> None:
        """Refuse such a text as an owner, and take one of exactly 255 bytes."""
        context = self.make_context(REFUSED_IDS[kind])
        with pytest.raises(ValueError):  # noqa: PT011
            await scene.thread(owner=context)
        with pytest.raises(ValueError):  # noqa: PT011
            await scene.store.load_threads(5, None, "asc", context)
        longest = self.make_context(uuid.uuid4().hex + "é" * 111 + "x")
        await scene.thread(owner=longest)
        assert await scene.thread_ids(owner=longest) == ["thr_1"]
        with pytest.raises(NotFoundError):
            await scene.store.load_thread("thr_1", scene.alice)
