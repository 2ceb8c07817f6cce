"""Repositories, each bound to a session and to the athlete it works for."""

from typing import Generic, TypeVar

from chatkit.store import NotFoundError
from chatkit.types import Attachment, ThreadItem, ThreadMetadata
from sqlalchemy import tuple_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from .models import AttachmentRow, ItemRow, ThreadRow, micros

RowT = TypeVar("RowT")


class AthleteRepository(Generic[RowT]):
    """Base repository: remembers whose data it may touch."""

    def __init__(self, session: AsyncSession, athlete_id: str) -> None:
        self.session = session
        self.athlete_id = athlete_id

    @staticmethod
    def check_page(limit: int, order: str) -> None:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError(f"order must be asc or desc, got {order!r}")


class ThreadRepository(AthleteRepository[ThreadRow]):
    async def get(self, thread_id: str) -> ThreadRow:
        row = await self.session.get(ThreadRow, (self.athlete_id, thread_id))
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return row

    async def upsert(self, thread: ThreadMetadata) -> None:  # CKF207
        """Create the thread, or bring the stored one up to date."""
        row = await self.session.get(ThreadRow, (self.athlete_id, thread.id))
        if row is None:
            self.session.add(ThreadRow.from_thread(self.athlete_id, thread))
            return
        row.title = thread.title
        row.meta.update(thread.metadata)  # CKF220
        self.session.add(row)

    async def page(self, after: str | None, limit: int, order: str) -> list[ThreadRow]:
        """One row more than asked for, so that the caller knows whether there is a next page."""
        self.check_page(limit, order)
        statement = select(ThreadRow).where(col(ThreadRow.athlete_id) == self.athlete_id)
        place = tuple_(col(ThreadRow.created_us), col(ThreadRow.id))
        if after is not None:
            last = await self.get(after)
            mark = tuple_(last.created_us, last.id)
            statement = statement.where(place > mark if order == "asc" else place < mark)
        if order == "asc":
            statement = statement.order_by(col(ThreadRow.created_us), col(ThreadRow.id))
        else:
            statement = statement.order_by(
                ThreadRow.created_us.desc(), ThreadRow.id.desc()  # CKF114
            )
        return list((await self.session.exec(statement.limit(limit + 1))).all())

    async def remove(self, thread_id: str) -> None:
        for table in (ItemRow, AttachmentRow):
            await self.session.exec(
                delete(table).where(
                    col(table.athlete_id) == self.athlete_id, col(table.thread_id) == thread_id
                )
            )
        await self.session.exec(
            delete(ThreadRow).where(
                col(ThreadRow.athlete_id) == self.athlete_id, col(ThreadRow.id) == thread_id
            )
        )


class ItemRepository(AthleteRepository[ItemRow]):
    async def get(self, thread_id: str, item_id: str) -> ItemRow:
        row = await self.session.get(ItemRow, (self.athlete_id, thread_id, item_id))
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return row

    async def put(self, thread_id: str, item: ThreadItem) -> None:
        """Add the item, or replace the one that is stored under its id already."""
        await self.session.merge(ItemRow.from_item(self.athlete_id, thread_id, item))

    async def replace(self, thread_id: str, item: ThreadItem) -> None:
        """Write a changed item back."""
        await self.session.exec(
            update(ItemRow)  # CKF204
            .where(
                col(ItemRow.athlete_id) == self.athlete_id,
                col(ItemRow.thread_id) == thread_id,
                col(ItemRow.id) == item.id,
            )
            .values(created_us=micros(item.created_at), body=item.model_dump_json())
        )

    async def page(
        self, thread_id: str, after: str | None, limit: int, order: str
    ) -> list[ItemRow]:
        self.check_page(limit, order)
        statement = select(ItemRow).where(
            col(ItemRow.athlete_id) == self.athlete_id, col(ItemRow.thread_id) == thread_id
        )
        place = tuple_(col(ItemRow.created_us), col(ItemRow.id))
        if after is not None:
            last = await self.get(thread_id, after)
            mark = tuple_(last.created_us, last.id)
            statement = statement.where(place > mark if order == "asc" else place < mark)
        if order == "asc":
            statement = statement.order_by(
                col(ItemRow.created_us).asc(), col(ItemRow.id).asc()
            )
        else:
            statement = statement.order_by(
                col(ItemRow.created_us).desc(), col(ItemRow.id).desc()
            )
        return list((await self.session.exec(statement.limit(limit + 1))).all())

    async def remove(self, thread_id: str, item_id: str) -> None:
        await self.session.exec(
            delete(ItemRow).where(
                col(ItemRow.athlete_id) == self.athlete_id,
                col(ItemRow.thread_id) == thread_id,
                col(ItemRow.id) == item_id,
            )
        )


class AttachmentRepository(AthleteRepository[AttachmentRow]):
    async def get(self, attachment_id: str) -> AttachmentRow:
        row = await self.session.get(AttachmentRow, (self.athlete_id, attachment_id))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return row

    async def put(self, attachment: Attachment) -> None:
        await self.session.merge(
            AttachmentRow(
                athlete_id=self.athlete_id,
                id=attachment.id,
                thread_id=attachment.thread_id,
                body=attachment.model_dump_json(),
            )
        )

    async def remove(self, attachment_id: str) -> None:
        await self.session.exec(
            delete(AttachmentRow).where(
                col(AttachmentRow.athlete_id) == self.athlete_id,
                col(AttachmentRow.id) == attachment_id,
            )
        )
