from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import uuid4

from chatkit.store import Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .models import AttachmentRow
from .unit import TourUnit, Visitor, speaks_chatkit

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENTS: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def _order_key(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class GalleryStore(Store[Visitor]):
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    @asynccontextmanager
    async def _tour(self, visitor: Visitor) -> AsyncIterator[TourUnit]:
        async with self._sessions.begin() as session:
            yield TourUnit(session, visitor)

    def generate_thread_id(self, context: Visitor) -> str:
        return uuid4().hex

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Visitor) -> str:
        return uuid4().hex

    @speaks_chatkit
    async def load_thread(self, thread_id: str, context: Visitor) -> ThreadMetadata:
        async with self._tour(context) as tour:
            return ThreadMetadata.model_validate((await tour.threads.get(thread_id)).body)

    @speaks_chatkit
    async def save_thread(self, thread: ThreadMetadata, context: Visitor) -> None:
        async with self._tour(context) as tour:
            row = await tour.threads.get_or_create(thread.id)
            row.instant = _order_key(thread.created_at)
            row.body = thread.model_dump(mode="json", exclude={"items"})

    @speaks_chatkit
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Visitor
    ) -> Page[ThreadMetadata]:
        async with self._tour(context) as tour:
            rows, following = await tour.threads.page(after, limit, order)
            data = [ThreadMetadata.model_validate(row.body) for row in rows]
        return Page[ThreadMetadata](data=data, has_more=following is not None, after=following)

    @speaks_chatkit
    async def delete_thread(self, thread_id: str, context: Visitor) -> None:
        async with self._tour(context) as tour:
            await tour.items_of(thread_id).remove()
            await tour.attachments.remove(AttachmentRow.thread_id == thread_id)
            threads = tour.threads
            await threads.remove(threads.key == thread_id)

    @speaks_chatkit
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Visitor
    ) -> Page[ThreadItem]:
        async with self._tour(context) as tour:
            rows, following = await tour.items_of(thread_id).page(after, limit, order)
            data = [ITEMS.validate_python(row.body) for row in rows]
        return Page[ThreadItem](data=data, has_more=following is not None, after=following)

    @speaks_chatkit
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        async with self._tour(context) as tour:
            await self._write(tour, thread_id, item)

    @speaks_chatkit
    async def save_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        async with self._tour(context) as tour:
            await self._write(tour, thread_id, item)

    async def _write(self, tour: TourUnit, thread_id: str, item: ThreadItem) -> None:
        await tour.threads.get(thread_id)
        row = await tour.items_of(thread_id).get_or_create(item.id)
        row.instant = _order_key(item.created_at)
        row.body = item.model_dump(mode="json")

    @speaks_chatkit
    async def load_item(self, thread_id: str, item_id: str, context: Visitor) -> ThreadItem:
        async with self._tour(context) as tour:
            return ITEMS.validate_python((await tour.items_of(thread_id).get(item_id)).body)

    @speaks_chatkit
    async def delete_thread_item(self, thread_id: str, item_id: str, context: Visitor) -> None:
        async with self._tour(context) as tour:
            items = tour.items_of(thread_id)
            await items.remove(items.key == item_id)

    @speaks_chatkit
    async def save_attachment(self, attachment: Attachment, context: Visitor) -> None:
        async with self._tour(context) as tour:
            row = await tour.attachments.get_or_create(attachment.id)
            row.thread_id = attachment.thread_id
            row.body = attachment.model_dump(mode="json")

    @speaks_chatkit
    async def load_attachment(self, attachment_id: str, context: Visitor) -> Attachment:
        async with self._tour(context) as tour:
            return ATTACHMENTS.validate_python((await tour.attachments.get(attachment_id)).body)

    @speaks_chatkit
    async def delete_attachment(self, attachment_id: str, context: Visitor) -> None:
        async with self._tour(context) as tour:
            attachments = tour.attachments
            await attachments.remove(attachments.key == attachment_id)
