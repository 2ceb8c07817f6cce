from datetime import datetime, timedelta, timezone
from uuid import uuid4

from chatkit.store import Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from .models import AttachmentRow
from .unit_of_work import Principal, UnitOfWorkFactory

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_items: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_attachments: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def _microseconds(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - _EPOCH) // timedelta(microseconds=1)


class ClaimsChatStore(Store[Principal]):
    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    def generate_thread_id(self, context: Principal) -> str:
        return f"claim-{uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Principal) -> str:
        return f"{item_type}-{uuid4().hex}"

    async def load_thread(self, thread_id: str, context: Principal) -> ThreadMetadata:
        async with self._units.begin(context) as unit:
            row = await unit.threads.get(thread_id)
            return ThreadMetadata.model_validate_json(row.body)

    async def save_thread(self, thread: ThreadMetadata, context: Principal) -> None:
        async with self._units.begin(context) as unit:
            await unit.threads.put(
                thread.id,
                sort_at=_microseconds(thread.created_at),
                body=thread.model_dump_json(exclude={"items"}),
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Principal
    ) -> Page[ThreadMetadata]:
        async with self._units.begin(context) as unit:
            found = await unit.threads.slice(after, limit, order)
            threads = [ThreadMetadata.model_validate_json(row.body) for row in found.rows]
            return Page[ThreadMetadata](data=threads, has_more=found.has_more, after=found.cursor)

    async def delete_thread(self, thread_id: str, context: Principal) -> None:
        async with self._units.begin(context) as unit:
            await unit.items(thread_id).remove()
            await unit.attachments.remove(AttachmentRow.thread_id == thread_id)
            await unit.threads.remove_one(thread_id)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Principal
    ) -> Page[ThreadItem]:
        async with self._units.begin(context) as unit:
            found = await unit.items(thread_id).slice(after, limit, order)
            items = [_items.validate_json(row.body) for row in found.rows]
            return Page[ThreadItem](data=items, has_more=found.has_more, after=found.cursor)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Principal) -> None:
        await self._put_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Principal) -> None:
        await self._put_item(thread_id, item, context)

    async def _put_item(self, thread_id: str, item: ThreadItem, context: Principal) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} belongs to another thread")
        async with self._units.begin(context) as unit:
            await unit.threads.get(thread_id)
            await unit.items(thread_id).put(
                item.id,
                sort_at=_microseconds(item.created_at),
                body=_items.dump_json(item).decode(),
            )

    async def load_item(self, thread_id: str, item_id: str, context: Principal) -> ThreadItem:
        async with self._units.begin(context) as unit:
            row = await unit.items(thread_id).get(item_id)
            return _items.validate_json(row.body)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Principal) -> None:
        async with self._units.begin(context) as unit:
            await unit.items(thread_id).remove_one(item_id)

    async def save_attachment(self, attachment: Attachment, context: Principal) -> None:
        async with self._units.begin(context) as unit:
            await unit.attachments.put(
                attachment.id,
                thread_id=attachment.thread_id,
                body=_attachments.dump_json(attachment).decode(),
            )

    async def load_attachment(self, attachment_id: str, context: Principal) -> Attachment:
        async with self._units.begin(context) as unit:
            row = await unit.attachments.get(attachment_id)
            return _attachments.validate_json(row.body)

    async def delete_attachment(self, attachment_id: str, context: Principal) -> None:
        async with self._units.begin(context) as unit:
            await unit.attachments.remove_one(attachment_id)
