"""Faults in writing: what is lost, changed, moved, refused or left behind."""

from datetime import UTC, datetime
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ActiveStatus, Attachment, Thread, ThreadItem, ThreadMetadata

from .sound import Context, Sound


class InsertOnlyAdd(Sound):
    """Fail on a primary key when an item is stored again."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        try:
            await self.sound.load_item(thread_id, item.id, context)
        except NotFoundError:
            await self.sound.add_thread_item(thread_id, item, context)
        else:
            raise RuntimeError("duplicate key value violates unique constraint")


class UpdateOnlySave(Sound):
    """Update items only, so that a new one is lost without a word."""

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        try:
            await self.sound.load_item(thread_id, item.id, context)
        except NotFoundError:
            await self.sound.load_thread(thread_id, context)
        else:
            await self.sound.save_item(thread_id, item, context)


class UpsertMovesItems(Sound):
    """Keep one item an id, and move it to whoever saved it last."""

    def __init__(self, sound: Store[Context]) -> None:
        super().__init__(sound)
        self.places: dict[str, tuple[str, Context]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self.sound.add_thread_item(thread_id, item, context)
        place = self.places.get(item.id)
        if place is not None and place != (thread_id, context):
            await self.sound.delete_thread_item(place[0], item.id, place[1])
        self.places[item.id] = (thread_id, context)


class ThreadIdTaken(Sound):
    """Refuse a thread id that another owner has."""

    def __init__(self, sound: Store[Context]) -> None:
        super().__init__(sound)
        self.owners: dict[str, str] = {}

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        await self.sound.save_thread(thread, context)
        if self.owners.setdefault(thread.id, context["user_id"]) != context["user_id"]:
            await self.sound.delete_thread(thread.id, context)


class DroppedMetadata(Sound):
    """Have columns for the title and the time only."""

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        kept: dict[str, Any] = {"metadata": {}, "status": ActiveStatus()}
        await self.sound.save_thread(thread.model_copy(update=kept), context)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        await self.sound.save_attachment(attachment.model_copy(update={"metadata": None}), context)


class SharedObjects(Sound):
    """Return the very object that was saved."""

    def __init__(self, sound: Store[Context]) -> None:
        super().__init__(sound)
        self.saved: dict[tuple[str, str], ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        await self.sound.save_thread(thread, context)
        self.saved[(context["user_id"], thread.id)] = thread

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        await self.sound.load_thread(thread_id, context)
        saved = self.saved[(context["user_id"], thread_id)]
        return saved if type(saved) is ThreadMetadata else ThreadMetadata(**vars(saved))


class ItemsOfThreadStored(Sound):
    """Store the items that come along with a Thread as well."""

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        await self.sound.save_thread(thread, context)
        if isinstance(thread, Thread):
            for item in thread.items.data:
                await self.sound.add_thread_item(thread.id, item, context)


class MillisecondsInUtc(Sound):
    """Keep times as BSON does: in UTC, aware, and without microseconds."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        try:
            at = item.created_at.astimezone(UTC)
        except (OverflowError, ValueError):
            raise ValueError("out of range") from None
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        copy = item.model_copy(update={"created_at": at})
        await self.sound.add_thread_item(thread_id, copy, context)


class RewrittenCreatedAt(Sound):
    """Stamp items with the time of writing."""

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        now = item.model_copy(update={"created_at": datetime.now(UTC)})
        await self.sound.save_item(thread_id, now, context)


class LoudDelete(Sound):
    """Complain when there is nothing to delete."""

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        await self.sound.load_item(thread_id, item_id, context)
        await self.sound.delete_thread_item(thread_id, item_id, context)


class CaseIgnored(Sound):
    """Compare ids as a collation does that ignores case."""

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        folded = attachment.model_copy(update={"id": _folded(attachment.id)})
        await self.sound.save_attachment(folded, context)

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        return await self.sound.load_attachment(_folded(attachment_id), context)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        await self.sound.delete_attachment(_folded(attachment_id), context)


class NulStripped(Sound):
    """Take U+0000 out of titles, as people do when jsonb refuses it."""

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        title = thread.title and thread.title.replace("\0", "")
        await self.sound.save_thread(thread.model_copy(update={"title": title}), context)


class AttachmentInsertOnly(Sound):
    """Keep the first version of a record: its thread is never filled in."""

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        try:
            await self.sound.load_attachment(attachment.id, context)
        except NotFoundError:
            await self.sound.save_attachment(attachment, context)


class AttachmentsUnscoped(Sound):
    """Keep one record an id, whoever it belongs to."""

    def __init__(self, sound: Store[Context]) -> None:
        super().__init__(sound)
        self.owners: dict[str, Context] = {}

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        await self.sound.save_attachment(attachment, context)
        before = self.owners.get(attachment.id, context)
        if before != context:
            await self.sound.delete_attachment(attachment.id, before)
        self.owners[attachment.id] = context


class AttachmentsLeftBehind(Sound):
    """Forget the attachments' records when a thread is deleted."""

    def __init__(self, sound: Store[Context]) -> None:
        super().__init__(sound)
        self.records: dict[str, Attachment] = {}

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        await self.sound.save_attachment(attachment, context)
        self.records[attachment.id] = attachment

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        await self.sound.delete_thread(thread_id, context)
        for record in self.records.values():
            if record.thread_id == thread_id:
                await self.sound.save_attachment(record, context)


def _folded(text: object) -> Any:
    return text.casefold() if isinstance(text, str) else text
