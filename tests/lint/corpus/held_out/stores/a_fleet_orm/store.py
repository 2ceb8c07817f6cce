"""Dispatcher chat of the fleet portal. SQLAlchemy 2, async ORM sessions, one tenant per haulier."""

import uuid
from datetime import datetime

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .tables import AttachmentRow, ItemRow, ThreadRow

attachment_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class DispatchContext(BaseModel):
    haulier_id: str
    depot: str | None = None


def to_item(row: ItemRow) -> ThreadItem:
    return ThreadItem(**row.data)  # CKF104


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def checked(order: str) -> bool:
    """True for ascending."""
    if order not in {"asc", "desc"}:
        raise ValueError(f"order: {order!r}")
    return order == "asc"


class DispatchStore(Store[DispatchContext]):
    def __init__(self, session_factory: async_sessionmaker[AsyncSession]) -> None:
        self.session_factory = session_factory

    def generate_thread_id(self, context: DispatchContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: DispatchContext) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _thread_row(self, session: AsyncSession, thread_id: str, context: DispatchContext) -> ThreadRow | None:
        query = select(ThreadRow).where(ThreadRow.haulier_id == context.haulier_id, ThreadRow.id == thread_id)
        return await session.scalar(query)

    async def _item_row(
        self, session: AsyncSession, thread_id: str, item_id: str, context: DispatchContext
    ) -> ItemRow | None:
        query = select(ItemRow).where(
            ItemRow.haulier_id == context.haulier_id, ItemRow.thread_id == thread_id, ItemRow.id == item_id
        )
        return await session.scalar(query)

    async def load_thread(self, thread_id: str, context: DispatchContext) -> ThreadMetadata:
        async with self.session_factory() as session:
            row = await self._thread_row(session, thread_id, context)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate(row.data)

    async def save_thread(self, thread: ThreadMetadata, context: DispatchContext) -> None:
        data = thread.model_dump(mode="json", exclude={"items"})
        async with self.session_factory.begin() as session:
            row = await self._thread_row(session, thread.id, context)
            if row is None:
                opened = micros(thread.created_at)
                session.add(ThreadRow(haulier_id=context.haulier_id, id=thread.id, opened=opened, data=data))
            else:
                row.data.update(data)  # CKF220

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: DispatchContext
    ) -> Page[ThreadMetadata]:
        query = select(ThreadRow).where(ThreadRow.haulier_id == context.haulier_id)
        async with self.session_factory() as session:
            if after is not None:
                last = await self._thread_row(session, after, context)
                if last is None:
                    raise NotFoundError(f"Thread {after} not found")
                query = query.where(tuple_(ThreadRow.opened, ThreadRow.seq) < tuple_(last.opened, last.seq))
            query = query.order_by(ThreadRow.opened.desc(), ThreadRow.seq.desc()).limit(limit + 1)
            rows = list((await session.scalars(query)).all())
        page = rows[:limit]
        has_more = len(rows) > limit
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate(row.data) for row in page],
            has_more=has_more,
            after=page[-1].id if has_more and page else None,
        )

    async def delete_thread(self, thread_id: str, context: DispatchContext) -> None:
        async with self.session_factory.begin() as session:
            for model, column in ((ItemRow, ItemRow.thread_id), (AttachmentRow, AttachmentRow.thread_id)):
                mine = model.haulier_id == context.haulier_id
                await session.execute(delete(model).where(mine, column == thread_id))
            mine = ThreadRow.haulier_id == context.haulier_id
            await session.execute(delete(ThreadRow).where(mine, ThreadRow.id == thread_id))

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: DispatchContext
    ) -> Page[ThreadItem]:
        ascending = checked(order)
        place = tuple_(ItemRow.sent, ItemRow.seq)
        query = select(ItemRow).where(ItemRow.haulier_id == context.haulier_id, ItemRow.thread_id == thread_id)
        async with self.session_factory() as session:
            if after is not None:
                last = await self._item_row(session, thread_id, after, context)
                if last is None:
                    raise NotFoundError(f"Item {after} not found")
                here = tuple_(last.sent, last.seq)
                query = query.where(place > here if ascending else place < here)
            sort = (ItemRow.sent, ItemRow.seq) if ascending else (ItemRow.sent.desc(), ItemRow.seq.desc())
            rows = list((await session.scalars(query.order_by(*sort).limit(limit + 1))).all())
        page = rows[:limit]
        has_more = len(rows) > limit
        return Page[ThreadItem](
            data=[to_item(row) for row in page],
            has_more=has_more,
            after=page[-1].id if has_more and page else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: DispatchContext) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: DispatchContext) -> None:
        async with self.session_factory.begin() as session:
            if await self._thread_row(session, thread_id, context) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row = await self._item_row(session, thread_id, item.id, context)
            if row is None:
                row = ItemRow(haulier_id=context.haulier_id, thread_id=thread_id, id=item.id)
                session.add(row)
            row.sent = micros(item.created_at)
            row.data = item.model_dump(mode="json")

    async def load_item(self, thread_id: str, item_id: str, context: DispatchContext) -> ThreadItem:
        async with self.session_factory() as session:
            row = await self._item_row(session, thread_id, item_id, context)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return to_item(row)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: DispatchContext) -> None:
        async with self.session_factory.begin() as session:
            row = await self._item_row(session, thread_id, item_id, context)
            if row is not None:
                await session.delete(row)

    async def save_attachment(self, attachment: Attachment, context: DispatchContext) -> None:
        async with self.session_factory.begin() as session:
            await session.execute(
                update(AttachmentRow)  # CKF204
                .where(AttachmentRow.haulier_id == context.haulier_id, AttachmentRow.id == attachment.id)
                .values(thread_id=attachment.thread_id, data=attachment.model_dump(mode="json"))
            )

    async def load_attachment(self, attachment_id: str, context: DispatchContext) -> Attachment:
        async with self.session_factory() as session:
            row = await session.get(AttachmentRow, attachment_id)  # CKF201
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment_adapter.validate_python(row.data)

    async def delete_attachment(self, attachment_id: str, context: DispatchContext) -> None:
        async with self.session_factory.begin() as session:
            mine = AttachmentRow.haulier_id == context.haulier_id
            await session.execute(delete(AttachmentRow).where(mine, AttachmentRow.id == attachment_id))
