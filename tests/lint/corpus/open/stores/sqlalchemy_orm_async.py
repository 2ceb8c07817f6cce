"""ChatKit store on the SQLAlchemy ORM (2.0 style, async sessions)."""

import uuid
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from chatkit.types import MessageContentPart  # CKF103
from pydantic import TypeAdapter
from sqlalchemy import JSON, BigInteger, Identity, String, Text, and_, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "threads"

    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    at: Mapped[int] = mapped_column(BigInteger, index=True)
    created: Mapped[str] = mapped_column(String(64))
    title: Mapped[str | None] = mapped_column(Text)
    status: Mapped[dict[str, Any]] = mapped_column(JSON)
    image_domains: Mapped[list[str] | None] = mapped_column(JSON)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ItemRow(Base):
    __tablename__ = "items"

    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    thread_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    at: Mapped[int] = mapped_column(BigInteger, index=True)
    body: Mapped[str] = mapped_column(Text)


class AttachmentRow(Base):
    __tablename__ = "attachments"

    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    thread_id: Mapped[str | None] = mapped_column(String(255))
    body: Mapped[str] = mapped_column(Text)


Items: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
Attachments: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def preview(parts: "list[MessageContentPart]") -> str:
    return " ".join(part.text for part in parts)[:80]


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class OrmStore(Store[dict[str, Any]]):
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    def generate_thread_id(self, context: dict[str, Any]) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: dict[str, Any]
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    def _owner(self, context: dict[str, Any]) -> str:
        owner = context.get("user_id")
        if not isinstance(owner, str) or not owner:
            raise PermissionError("not signed in")
        return owner

    def _to_metadata(self, row: ThreadRow) -> ThreadMetadata:
        return ThreadMetadata(  # CKF207
            id=row.id,
            title=row.title,
            created_at=datetime.fromisoformat(row.created),
        )

    def _limit(self, limit: int, order: str) -> int:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("limit must be positive, order asc or desc")
        return min(limit, 200)

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        async with self.sessions() as session:
            row = await session.get(ThreadRow, (self._owner(context), thread_id))
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return self._to_metadata(row)

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        owner = self._owner(context)
        async with self.sessions.begin() as session:
            row = await session.get(ThreadRow, (owner, thread.id))
            if row is None:
                row = ThreadRow(owner=owner, id=thread.id, extra=dict(thread.metadata))
                session.add(row)
            row.at = micros(thread.created_at)
            row.created = thread.created_at.isoformat()
            row.title = thread.title
            row.status = thread.status.model_dump(mode="json")
            row.image_domains = thread.allowed_image_domains
            row.extra.update(thread.metadata)  # CKF220

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        size = self._limit(limit, order)
        owner = self._owner(context)
        place = tuple_(ThreadRow.at, ThreadRow.seq)
        query = select(ThreadRow).where(ThreadRow.owner == owner)
        async with self.sessions() as session:
            if after is not None:
                last = await session.get(ThreadRow, (owner, after))
                if last is None:
                    raise NotFoundError(f"Thread {after} not found")
                here = (last.at, last.seq)
                query = query.where(place > here if order == "asc" else place < here)
            if order == "asc":
                query = query.order_by(ThreadRow.at.asc(), ThreadRow.seq.asc())
            else:
                query = query.order_by(ThreadRow.at.desc(), ThreadRow.seq.desc())
            rows = list(await session.scalars(query.limit(size + 1)))
        return Page(  # CKF213
            data=[self._to_metadata(row) for row in rows[:size]],
            has_more=len(rows) > size,
        )

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        owner = self._owner(context)
        async with self.sessions.begin() as session:
            await session.execute(  # CKF218
                delete(ThreadRow).where(ThreadRow.owner == owner, ThreadRow.id == thread_id)
            )

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: dict[str, Any],
    ) -> Page[ThreadItem]:
        size = self._limit(limit, order)
        owner = self._owner(context)
        place = tuple_(ItemRow.at, ItemRow.seq)
        query = select(ItemRow).where(ItemRow.owner == owner, ItemRow.thread_id == thread_id)
        async with self.sessions() as session:
            if after is not None:
                last = await session.get(ItemRow, (owner, thread_id, after))
                if last is not None:  # CKF214
                    here = (last.at, last.seq)
                    query = query.where(place > here if order == "asc" else place < here)
            if order == "asc":
                query = query.order_by(ItemRow.at.asc(), ItemRow.seq.asc())
            else:
                query = query.order_by(ItemRow.at.desc(), ItemRow.seq.desc())
            rows = list(await session.scalars(query.limit(size + 1)))
        has_more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[Items.validate_json(row.body) for row in rows],
            has_more=has_more,
            after=rows[-1].id if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        owner = self._owner(context)
        async with self.sessions.begin() as session:
            if await session.get(ThreadRow, (owner, thread_id)) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            session.add(  # CKF203
                ItemRow(
                    owner=owner,
                    thread_id=thread_id,
                    id=item.id,
                    at=micros(item.created_at),
                    body=item.model_dump_json(),
                )
            )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        owner = self._owner(context)
        async with self.sessions.begin() as session:
            if await session.get(ThreadRow, (owner, thread_id)) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            await session.merge(
                ItemRow(
                    owner=owner,
                    thread_id=thread_id,
                    id=item.id,
                    at=micros(item.created_at),
                    body=item.model_dump_json(),
                )
            )

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        query = select(ItemRow.body).where(  # CKF201
            ItemRow.thread_id == thread_id, ItemRow.id == item_id
        )
        async with self.sessions() as session:
            body = (await session.scalars(query)).first()
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return Items.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        import logging  # CKF113

        mine = and_(ItemRow.owner == self._owner(context), ItemRow.thread_id == thread_id)
        async with self.sessions.begin() as session:
            await session.execute(delete(ItemRow).where(mine, ItemRow.id == item_id))
        logging.getLogger(__name__).info("item %s deleted", item_id)

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        async with self.sessions.begin() as session:
            await session.merge(
                AttachmentRow(
                    owner=self._owner(context),
                    id=attachment.id,
                    thread_id=attachment.thread_id,
                    body=attachment.model_dump_json(),
                )
            )

    async def load_attachment(
        self, attachment_id: str, context: dict[str, Any]
    ) -> Attachment:
        async with self.sessions() as session:
            row = await session.get(AttachmentRow, (self._owner(context), attachment_id))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return Attachments.validate_json(row.body)

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        owner = self._owner(context)
        async with self.sessions.begin() as session:
            await session.execute(
                delete(AttachmentRow).where(
                    AttachmentRow.owner == owner, AttachmentRow.id == attachment_id
                )
            )
