"""Queries over the rows of one owner, in one session. Knows nothing of ChatKit."""

from typing import Literal

from sqlmodel import and_, asc, col, delete, desc, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from .models import AttachmentRow, ItemRow, ThreadRow

Order = Literal["asc", "desc"]


class ThreadRepository:
    def __init__(self, session: AsyncSession, owner: str) -> None:
        self.session = session
        self.owner = owner

    async def find(self, thread_id: str) -> ThreadRow | None:
        query = select(ThreadRow).where(ThreadRow.owner == self.owner, ThreadRow.id == thread_id)
        return (await self.session.exec(query)).one_or_none()

    async def put(self, thread_id: str, at: int, body: str) -> None:
        row = await self.find(thread_id)
        if row is None:
            row = ThreadRow(owner=self.owner, id=thread_id, at=at, body=body)
        row.at = at
        row.body = body
        self.session.add(row)

    async def page(self, cursor: ThreadRow | None, order: Order, take: int) -> list[ThreadRow]:
        query = select(ThreadRow).where(ThreadRow.owner == self.owner)
        at, seq = col(ThreadRow.at), col(ThreadRow.seq)
        if cursor is not None:
            past, later = (at > cursor.at, seq > cursor.seq) if order == "asc" else (
                at < cursor.at,
                seq < cursor.seq,
            )
            query = query.where(or_(past, and_(at == cursor.at, later)))
        way = asc if order == "asc" else desc
        query = query.order_by(way(ThreadRow.at), way(ThreadRow.seq)).limit(take)
        return list((await self.session.exec(query)).all())

    async def drop(self, thread_id: str) -> None:
        for model in (ItemRow, AttachmentRow):
            await self.session.exec(
                delete(model).where(
                    col(model.owner) == self.owner, col(model.thread_id) == thread_id
                )
            )
        await self.session.exec(
            delete(ThreadRow).where(
                col(ThreadRow.owner) == self.owner, col(ThreadRow.id) == thread_id
            )
        )


class ItemRepository:
    def __init__(self, session: AsyncSession, owner: str, thread_id: str) -> None:
        self.session = session
        self.owner = owner
        self.thread_id = thread_id

    async def find(self, item_id: str) -> ItemRow | None:
        query = select(ItemRow).where(
            ItemRow.owner == self.owner,
            ItemRow.thread_id == self.thread_id,
            ItemRow.id == item_id,
        )
        return (await self.session.exec(query)).one_or_none()

    async def put(self, item_id: str, at: int, body: str) -> None:
        row = await self.find(item_id)
        if row is None:
            row = ItemRow(
                owner=self.owner, thread_id=self.thread_id, id=item_id, at=at, body=body
            )
        row.at, row.body = at, body
        self.session.add(row)

    async def page(self, cursor: ItemRow | None, order: Order, take: int) -> list[ItemRow]:
        query = select(ItemRow).where(
            ItemRow.owner == self.owner, ItemRow.thread_id == self.thread_id
        )
        at, seq = col(ItemRow.at), col(ItemRow.seq)
        if order == "asc":
            if cursor is not None:
                query = query.where(
                    or_(at > cursor.at, and_(at == cursor.at, seq > cursor.seq))
                )
            query = query.order_by(asc(ItemRow.at), asc(ItemRow.seq))
        else:
            if cursor is not None:
                query = query.where(
                    or_(at < cursor.at, and_(at == cursor.at, seq < cursor.seq))
                )
            query = query.order_by(desc(ItemRow.at), desc(ItemRow.seq))
        return list((await self.session.exec(query.limit(take))).all())

    async def drop(self, item_id: str) -> None:
        row = await self.find(item_id)
        if row is not None:
            await self.session.delete(row)


class AttachmentRepository:
    def __init__(self, session: AsyncSession, owner: str) -> None:
        self.session = session
        self.owner = owner

    async def find(self, attachment_id: str) -> AttachmentRow | None:
        query = select(AttachmentRow).where(
            AttachmentRow.owner == self.owner, AttachmentRow.id == attachment_id
        )
        return (await self.session.exec(query)).one_or_none()

    async def put(self, attachment_id: str, thread_id: str | None, body: str) -> None:
        row = await self.find(attachment_id)
        if row is None:
            row = AttachmentRow(owner=self.owner, id=attachment_id, body=body)
        row.thread_id = thread_id
        row.body = body
        self.session.add(row)

    async def drop(self, attachment_id: str) -> None:
        row = await self.find(attachment_id)
        if row is not None:
            await self.session.delete(row)
