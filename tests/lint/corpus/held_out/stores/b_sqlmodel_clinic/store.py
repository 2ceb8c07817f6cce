from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import and_, or_
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from .db import session_scope
from .models import AttachmentRow, ItemRow, ThreadRow

_items: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_attachments: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class Visitor(BaseModel):
    patient_id: str

    def require(self) -> str:
        if not self.patient_id:
            raise PermissionError("not signed in")
        return self.patient_id


def to_micros(value: datetime) -> int:
    return round(value.timestamp() * 1_000_000)


def page_size(limit: int, order: str) -> int:
    if limit < 1 or order not in ("asc", "desc"):
        raise ValueError("limit must be positive, order asc or desc")
    return min(limit, 200)


class ClinicStore(Store[Visitor]):
    def generate_thread_id(self, context: Visitor) -> str:
        return f"thr_{uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Visitor
    ) -> str:
        return f"{item_type}_{uuid4().hex}"

    async def load_thread(self, thread_id: str, context: Visitor) -> ThreadMetadata:
        async with session_scope() as session:
            row = await self._thread(session, thread_id, context)
        return ThreadMetadata.model_validate_json(row.payload)

    async def save_thread(self, thread: ThreadMetadata, context: Visitor) -> None:
        async with session_scope() as session:
            await session.merge(
                ThreadRow(
                    patient_id=context.require(),
                    id=thread.id,
                    created_us=to_micros(thread.created_at),
                    payload=thread.model_dump_json(exclude={"items"}),
                )
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Visitor
    ) -> Page[ThreadMetadata]:
        size = page_size(limit, order)
        query = select(ThreadRow).where(ThreadRow.patient_id == context.require())
        async with session_scope() as session:
            if after is not None:
                query = query.where(self._beyond(ThreadRow, await self._thread(session, after, context), order))
            if order == "desc":
                query = query.order_by(ThreadRow.created_us.desc(), ThreadRow.id.desc())  # CKF114
            else:
                query = query.order_by(ThreadRow.created_us.asc(), ThreadRow.id.asc())
            rows = (await session.exec(query.limit(size + 1))).all()
        threads = [ThreadMetadata.model_validate_json(row.payload) for row in rows[:size]]
        return Page[ThreadMetadata](data=threads, has_more=len(rows) > size)  # CKF213

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Visitor
    ) -> Page[ThreadItem]:
        size = page_size(limit, order)
        mine = select(ItemRow).where(
            ItemRow.patient_id == context.require(), ItemRow.thread_id == thread_id
        )
        query = mine
        async with session_scope() as session:
            if after is not None:
                edge = (await session.exec(mine.where(ItemRow.id == after))).one_or_none()
                if edge is None:
                    raise NotFoundError(f"Item {after} not found")
                query = query.where(self._beyond(ItemRow, edge, order))
            keys = [col(ItemRow.created_us), col(ItemRow.id)]
            query = query.order_by(*(key.desc() if order == "desc" else key.asc() for key in keys))
            rows = (await session.exec(query.limit(size + 1))).all()
        more = len(rows) > size
        rows = rows[:size]
        return Page[ThreadItem](
            data=[_items.validate_json(row.payload) for row in rows],
            has_more=more,
            after=rows[-1].id if more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: Visitor
    ) -> None:
        # the database host's clock decides, phones are often minutes off
        stamped = item.model_copy(update={"created_at": datetime.now(timezone.utc)})  # CKF209
        await self._put_item(thread_id, stamped, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        await self._put_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Visitor) -> ThreadItem:
        async with session_scope() as session:
            row = (
                await session.exec(
                    select(ItemRow).where(
                        ItemRow.id == item_id,
                        ItemRow.thread_id == thread_id,
                        ItemRow.patient_id == context.require(),
                    )
                )
            ).one_or_none()
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return _items.validate_json(row.payload)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: Visitor
    ) -> None:
        async with session_scope() as session:
            await session.exec(
                delete(ItemRow).where(
                    col(ItemRow.id) == item_id,
                    col(ItemRow.thread_id) == thread_id,
                    col(ItemRow.patient_id) == context.require(),
                )
            )

    async def delete_thread(self, thread_id: str, context: Visitor) -> None:
        patient = context.require()
        async with session_scope() as session:
            for model in (ItemRow, AttachmentRow):
                await session.exec(
                    delete(model).where(
                        col(model.patient_id) == patient, col(model.thread_id) == thread_id
                    )
                )
            await session.exec(
                delete(ThreadRow).where(
                    col(ThreadRow.patient_id) == patient, col(ThreadRow.id) == thread_id
                )
            )

    async def save_attachment(self, attachment: Attachment, context: Visitor) -> None:
        async with session_scope() as session:
            await session.merge(
                AttachmentRow(
                    patient_id=context.require(),
                    id=attachment.id,
                    thread_id=attachment.thread_id,
                    payload=attachment.model_dump_json(),
                )
            )

    async def load_attachment(self, attachment_id: str, context: Visitor) -> Attachment:
        async with session_scope() as session:
            row = await session.get(AttachmentRow, (context.require(), attachment_id))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _attachments.validate_json(row.payload)

    async def delete_attachment(self, attachment_id: str, context: Visitor) -> None:
        async with session_scope() as session:
            row = await session.get(AttachmentRow, (context.require(), attachment_id))
            if row is not None:
                await session.delete(row)

    async def _put_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} is not part of thread {thread_id}")
        async with session_scope() as session:
            await self._thread(session, thread_id, context)
            row = ItemRow(
                id=item.id,
                patient_id=context.require(),
                thread_id=thread_id,
                created_us=to_micros(item.created_at),
                payload=item.model_dump_json(),
            )
            await session.merge(row)  # CKF202

    @staticmethod
    async def _thread(session: AsyncSession, thread_id: str, context: Visitor) -> ThreadRow:
        row = await session.get(ThreadRow, (context.require(), thread_id))
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return row

    @staticmethod
    def _beyond(
        model: type[ThreadRow] | type[ItemRow], edge: ThreadRow | ItemRow, order: str
    ) -> Any:
        when, ident = col(model.created_us), col(model.id)
        same = when == edge.created_us
        if order == "desc":
            return or_(when < edge.created_us, and_(same, ident < edge.id))
        return or_(when > edge.created_us, and_(same, ident > edge.id))
