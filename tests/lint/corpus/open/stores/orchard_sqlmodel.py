"""SQLModel tables on an async session, one session for each call."""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import UniqueConstraint, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import Field, SQLModel, asc, col, delete, desc, select
from sqlmodel.ext.asyncio.session import AsyncSession

logger = logging.getLogger(__name__)

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENTS: TypeAdapter[Attachment] = TypeAdapter(Attachment)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
LARGEST_PAGE = 200


class StoredThread(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("member_id", "thread_id"),)

    position: int | None = Field(default=None, primary_key=True)
    member_id: str = Field(index=True, max_length=255)
    thread_id: str = Field(max_length=255)
    instant: int = Field(index=True)
    content: str


class StoredItem(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("member_id", "thread_id", "item_id"),)

    position: int | None = Field(default=None, primary_key=True)
    member_id: str = Field(index=True, max_length=255)
    thread_id: str = Field(index=True, max_length=255)
    item_id: str = Field(max_length=255)
    instant: int = Field(index=True)
    content: str


class StoredAttachment(SQLModel, table=True):
    member_id: str = Field(primary_key=True, max_length=255)
    attachment_id: str = Field(primary_key=True, max_length=255)
    thread_id: str | None = Field(default=None, index=True, max_length=255)
    content: str


class Member(NamedTuple):
    id: str


Row = TypeVar("Row", StoredThread, StoredItem)


def _instant(value: dt.datetime) -> int:
    return (value.astimezone(dt.timezone.utc) - EPOCH) // dt.timedelta(microseconds=1)


class OrchardStore(Store[Member]):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def _session(self) -> AsyncSession:
        return AsyncSession(self._engine, expire_on_commit=False)

    def _member(self, context: Member) -> str:
        if not context.id:
            raise PermissionError("members only")
        return context.id

    def generate_thread_id(self, context: Member) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Member
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _thread(
        self, session: AsyncSession, thread_id: str, context: Member
    ) -> StoredThread | None:
        found = await session.exec(
            select(StoredThread).where(
                StoredThread.member_id == self._member(context),
                StoredThread.thread_id == thread_id,
            )
        )
        return found.one_or_none()

    async def _item(
        self, session: AsyncSession, thread_id: str, item_id: str, context: Member
    ) -> StoredItem | None:
        found = await session.exec(
            select(StoredItem)
            .where(StoredItem.member_id == self._member(context))
            .where(StoredItem.thread_id == thread_id, StoredItem.item_id == item_id)
        )
        return found.one_or_none()

    @staticmethod
    def _size(limit: int, order: str) -> int:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        return min(limit, LARGEST_PAGE)

    async def load_thread(self, thread_id: str, context: Member) -> ThreadMetadata:
        async with self._session() as session:
            row = await self._thread(session, thread_id, context)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row.content)

    async def save_thread(self, thread: ThreadMetadata, context: Member) -> None:
        content = thread.model_dump_json(include=set(ThreadMetadata.model_fields))
        async with self._session() as session, session.begin():
            row = await self._thread(session, thread.id, context)
            if row is None:
                row = StoredThread(
                    member_id=self._member(context),
                    thread_id=thread.id,
                    instant=_instant(thread.created_at),
                    content=content,
                )
            row.instant = _instant(thread.created_at)
            row.content = content
            session.add(row)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Member
    ) -> Page[ThreadMetadata]:
        size = self._size(limit, order)
        query = select(StoredThread).where(StoredThread.member_id == self._member(context))
        async with self._session() as session:
            if after is not None:
                mark = await self._thread(session, after, context)
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
                place = tuple_(col(StoredThread.instant), col(StoredThread.position))
                here = (mark.instant, mark.position)
                query = query.where(place > here if order == "asc" else place < here)
            way = asc if order == "asc" else desc
            query = query.order_by(way(StoredThread.instant), way(StoredThread.position))
            rows = (await session.exec(query.limit(size + 1))).all()
        more = len(rows) > size
        return Page(
            data=[ThreadMetadata.model_validate_json(row.content) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].thread_id if more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Member
    ) -> Page[ThreadItem]:
        size = self._size(limit, order)
        query = select(StoredItem).where(
            StoredItem.member_id == self._member(context), StoredItem.thread_id == thread_id
        )
        async with self._session() as session:
            if after is not None:
                mark = await self._item(session, thread_id, after, context)
                if mark is None:
                    raise NotFoundError(f"Item {after} not found")
                place = tuple_(col(StoredItem.instant), col(StoredItem.position))
                here = (mark.instant, mark.position)
                query = query.where(place > here if order == "asc" else place < here)
            if order == "asc":
                query = query.order_by(
                    col(StoredItem.instant).asc(), col(StoredItem.position).asc()
                )
            else:
                query = query.order_by(
                    col(StoredItem.instant).desc(), col(StoredItem.position).desc()
                )
            rows = (await session.exec(query.limit(size + 1))).all()
        more = len(rows) > size
        return Page(
            data=self._readable(rows[:size]),
            has_more=more,
            after=rows[size - 1].item_id if more else None,
        )

    @staticmethod
    def _readable(rows: Sequence[StoredItem]) -> list[ThreadItem]:
        readable = list[ThreadItem]()
        for row in rows:
            try:
                readable.append(ITEMS.validate_json(row.content))
            except ValidationError:
                logger.warning("item %s is not readable and was left out", row.item_id)
        return readable

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Member) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item is for another thread")
        async with self._session() as session, session.begin():
            if await self._thread(session, thread_id, context) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row = await self._item(session, thread_id, item.id, context)
            if row is None:
                row = StoredItem(
                    member_id=self._member(context),
                    thread_id=thread_id,
                    item_id=item.id,
                    instant=_instant(item.created_at),
                    content="",
                )
            row.instant = _instant(item.created_at)
            row.content = ITEMS.dump_json(item).decode()
            session.add(row)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Member) -> None:
        return await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Member) -> ThreadItem:
        async with self._session() as session:
            row = await self._item(session, thread_id, item_id, context)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(row.content)

    async def delete_thread(self, thread_id: str, context: Member) -> None:
        member = self._member(context)
        async with self._session() as session, session.begin():
            for table in (StoredItem, StoredAttachment, StoredThread):
                await session.exec(
                    delete(table).where(
                        col(table.member_id) == member, col(table.thread_id) == thread_id
                    )
                )

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Member) -> None:
        async with self._session() as session, session.begin():
            row = await self._item(session, thread_id, item_id, context)
            if row is not None:
                await session.delete(row)

    async def save_attachment(self, attachment: Attachment, context: Member) -> None:
        # The owner is part of the primary key: merge can only meet the member's own row.
        async with self._session() as session, session.begin():
            await session.merge(
                StoredAttachment(
                    member_id=self._member(context),
                    attachment_id=attachment.id,
                    thread_id=attachment.thread_id,
                    content=ATTACHMENTS.dump_json(attachment).decode(),
                )
            )

    async def load_attachment(self, attachment_id: str, context: Member) -> Attachment:
        async with self._session() as session:
            row = await session.get(StoredAttachment, (self._member(context), attachment_id))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENTS.validate_json(row.content)

    async def delete_attachment(self, attachment_id: str, context: Member) -> None:
        async with self._session() as session, session.begin():
            row = await session.get(StoredAttachment, (self._member(context), attachment_id))
            if row is not None:
                await session.delete(row)
