"""SQLAlchemy ORM on async sessions, documents in JSON columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import JSON, BigInteger, ForeignKey, String, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

ITEM = TypeAdapter[ThreadItem](ThreadItem)
ATTACHMENT = TypeAdapter[Attachment](Attachment)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class Base(DeclarativeBase):
    pass


class Conversation(Base):
    __tablename__ = "conversation"

    pk: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(String(255), index=True)
    thread_id: Mapped[str] = mapped_column(String(255), index=True)
    instant: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    entries: Mapped[list[Entry]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class Entry(Base):
    __tablename__ = "entry"

    pk: Mapped[int] = mapped_column(primary_key=True)
    conversation_pk: Mapped[int] = mapped_column(ForeignKey("conversation.pk"))
    tenant: Mapped[str] = mapped_column(String(255), index=True)
    thread_id: Mapped[str] = mapped_column(String(255), index=True)
    item_id: Mapped[str] = mapped_column(String(255), index=True)
    instant: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class Upload(Base):
    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(255), index=True)
    thread_id: Mapped[str | None] = mapped_column(String(255))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class Scope(BaseModel):
    tenant: str


def instant(value: dt.datetime) -> int:
    return (value.astimezone(dt.timezone.utc) - EPOCH) // dt.timedelta(microseconds=1)


class WillowStore(Store[Scope]):  # CKF116
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    def tenant(self, context: Scope) -> str:
        if not context.tenant:
            raise PermissionError("tenant missing")
        return context.tenant

    async def _conversation(
        self, session: AsyncSession, thread_id: str, context: Scope
    ) -> Conversation | None:
        found = await session.scalars(
            select(Conversation).where(
                Conversation.tenant == self.tenant(context), Conversation.thread_id == thread_id
            )
        )
        return found.one_or_none()

    async def _entry(
        self, session: AsyncSession, thread_id: str, item_id: str, context: Scope
    ) -> Entry | None:
        found = await session.scalars(
            select(Entry).where(
                Entry.tenant == self.tenant(context),
                Entry.thread_id == thread_id,
                Entry.item_id == item_id,
            )
        )
        return found.one_or_none()

    async def load_thread(self, thread_id: str, context: Scope) -> ThreadMetadata:
        async with self.sessions() as session:
            row = await self._conversation(session, thread_id, context)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate(row.document)

    async def save_thread(self, thread: ThreadMetadata, context: Scope) -> None:
        document = thread.model_dump(mode="json", exclude={"items"})
        async with self.sessions.begin() as session:
            row = await self._conversation(session, thread.id, context)
            if row is None:
                session.add(
                    Conversation(
                        tenant=self.tenant(context),
                        thread_id=thread.id,
                        instant=instant(thread.created_at),
                        document=document,
                    )
                )
            else:
                row.instant = instant(thread.created_at)
                row.document.update(document)  # CKF220

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: Scope
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        size = min(limit, 200)
        query = select(Conversation).where(Conversation.tenant == self.tenant(context))
        async with self.sessions() as session:
            if after is not None:
                mark = await self._conversation(session, after, context)
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
                query = query.where(
                    or_(
                        Conversation.instant < mark.instant,
                        and_(Conversation.instant == mark.instant, Conversation.pk < mark.pk),
                    )
                )
            query = query.order_by(Conversation.instant.desc(), Conversation.pk.desc())
            rows = (await session.scalars(query.limit(size + 1))).all()
        more = len(rows) > size
        return Page(
            data=[ThreadMetadata.model_validate(row.document) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].thread_id if more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Scope
    ) -> Page[ThreadItem]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        size = min(limit, 200)
        forward = order == "asc"
        query = select(Entry).where(
            Entry.tenant == self.tenant(context), Entry.thread_id == thread_id
        )
        async with self.sessions() as session:
            if after is not None:
                mark = await self._entry(session, thread_id, after, context)
                if mark is None:
                    raise NotFoundError(f"Item {after} not found")
                later = Entry.instant > mark.instant if forward else Entry.instant < mark.instant
                tied = Entry.pk > mark.pk if forward else Entry.pk < mark.pk
                query = query.where(or_(later, and_(Entry.instant == mark.instant, tied)))
            if forward:
                query = query.order_by(Entry.instant, Entry.pk)
            else:
                query = query.order_by(Entry.instant.desc(), Entry.pk.desc())
            rows = (await session.scalars(query.limit(size + 1))).all()
        more = len(rows) > size
        return Page(
            data=[ITEM.validate_python(row.document) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].item_id if more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Scope) -> None:
        async with self.sessions.begin() as session:
            conversation = await self._conversation(session, thread_id, context)
            if conversation is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row = await self._entry(session, thread_id, item.id, context)
            if row is None:
                row = Entry(
                    conversation_pk=conversation.pk,
                    tenant=conversation.tenant,
                    thread_id=thread_id,
                    item_id=item.id,
                )
                session.add(row)
            row.instant = instant(item.created_at)
            row.document = ITEM.dump_python(item, mode="json")

    async def save_item(self, thread_id: str, item: ThreadItem, context: Scope) -> None:
        item.created_at = dt.datetime.now()  # CKF209
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Scope) -> ThreadItem:
        async with self.sessions() as session:
            row = await self._entry(session, thread_id, item_id, context)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_python(row.document)

    async def delete_thread(self, thread_id: str, context: Scope) -> None:
        async with self.sessions.begin() as session:
            row = await self._conversation(session, thread_id, context)
            if row is not None:
                await session.execute(
                    delete(Upload).where(
                        Upload.tenant == self.tenant(context), Upload.thread_id == thread_id
                    )
                )
                await session.delete(row)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Scope) -> None:
        query = select(Entry).where(
            Entry.tenant == self.tenant(context),
            Entry.thread_id == thread_id,
            Entry.item_id == item_id,
        )
        async with self.sessions.begin() as session:
            row = (await session.execute(query)).scalar_one()  # CKF219
            await session.delete(row)

    async def save_attachment(self, attachment: Attachment, context: Scope) -> None:
        upload = Upload(
            id=attachment.id,
            tenant=self.tenant(context),
            thread_id=attachment.thread_id,
            document=ATTACHMENT.dump_python(attachment, mode="json"),
        )
        async with self.sessions.begin() as session:
            await session.merge(upload)  # CKF202

    async def load_attachment(self, attachment_id: str, context: Scope) -> Attachment:
        async with self.sessions() as session:
            upload = await session.get(Upload, attachment_id)
        if upload is None or upload.tenant != self.tenant(context):
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_python(upload.document)

    async def delete_attachment(self, attachment_id: str, context: Scope) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                delete(Upload).where(
                    Upload.id == attachment_id, Upload.tenant == self.tenant(context)
                )
            )
