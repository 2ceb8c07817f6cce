"""Point 8: attachments are records of their own, kept whole."""

from typing import Any, Final

import pytest
from chatkit.store import NotFoundError

from .harness import Harness, TContext, contract_test
from .samples import ATTACHMENT, FILE, IMAGE, NESTED, attachment
from .scene import Scene

RECORDS: Final[dict[str, dict[str, Any]]] = {
    "file": dict(FILE),
    "image": dict(IMAGE),
    "bare": {"type": "file", "id": "atc_1", "name": "", "mime_type": "x/y"},
    "no_metadata": {**IMAGE, "metadata": None, "thread_id": "thr_404"},
}


class Attachments(Harness[TContext]):
    """Hold that attachments are stored like everything else."""

    @pytest.mark.parametrize("kind", RECORDS)
    @contract_test
    async def test_p08_round_trip(self, scene: Scene[TContext], kind: str) -> None:
        """Return every field as saved: metadata, upload descriptor, preview, null or empty."""
        record = ATTACHMENT.validate_python(RECORDS[kind])
        await scene.store.save_attachment(record, scene.alice)
        loaded = await scene.store.load_attachment(record.id, scene.alice)
        assert loaded == record
        assert type(loaded) is type(record)

    @contract_test
    async def test_p08_filled_in_later(self, scene: Scene[TContext]) -> None:
        """Update a record when its message is sent: thread filled in, descriptor gone."""
        await scene.thread()
        await scene.store.save_attachment(attachment("atc_1", metadata=NESTED), scene.alice)
        sent = attachment("atc_1", "thr_1", metadata=NESTED, upload_descriptor=None)
        await scene.store.save_attachment(sent, scene.alice)
        assert await scene.store.load_attachment("atc_1", scene.alice) == sent
        await scene.store.delete_thread("thr_1", scene.alice)
        with pytest.raises(NotFoundError, match=r"^Attachment atc_1 not found$"):
            await scene.store.load_attachment("atc_1", scene.alice)

    @contract_test
    async def test_p08_moved_to_another_thread(self, scene: Scene[TContext]) -> None:
        """Follow the last save when a record is given to another thread, or to none."""
        for thread_id in ("thr_1", "thr_2"):
            await scene.thread(thread_id)
        for attachment_id, thread_id in (("atc_1", "thr_2"), ("atc_2", None)):
            await scene.store.save_attachment(attachment(attachment_id, "thr_1"), scene.alice)
            await scene.store.save_attachment(attachment(attachment_id, thread_id), scene.alice)
        await scene.store.delete_thread("thr_1", scene.alice)
        for attachment_id in ("atc_1", "atc_2"):
            await scene.store.load_attachment(attachment_id, scene.alice)

    @contract_test
    async def test_p08_same_id_two_owners(self, scene: Scene[TContext]) -> None:
        """Keep a record of each owner under the same id."""
        mine, theirs = attachment("atc_1", name="mine"), attachment("atc_1", name="theirs")
        await scene.store.save_attachment(mine, scene.alice)
        await scene.store.save_attachment(theirs, scene.bob)
        assert await scene.store.load_attachment("atc_1", scene.alice) == mine
        await scene.store.delete_attachment("atc_1", scene.bob)
        assert await scene.store.load_attachment("atc_1", scene.alice) == mine
        with pytest.raises(NotFoundError, match=r"^Attachment atc_1 not found$"):
            await scene.store.load_attachment("atc_1", scene.bob)
