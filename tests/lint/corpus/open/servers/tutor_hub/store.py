"""Chat persistence of the tutoring platform (SQLModel, async engine)."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import JSON, Column, UniqueConstraint, delete, tuple_, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class StudentContext:
    student_id: str
    school_id: str


class ThreadRow(SQLModel, table=True):
    __tablename__ = "tutor_thread"
    __table_args__ = (UniqueConstraint("owner", "id"),)

    pk: int | None = Field(default=None, primary_key=True)
    owner: str = Field(index=True)
    id: str
    ts: float
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ItemRow(SQLModel, table=True):
    __tablename__ = "tutor_item"
    __table_args__ = (UniqueConstraint("owner", "thread_id", "id"),)

    pk: int | None = Field(default=None, primary_key=True)
    owner: str = Field(index=True)
    thread_id: str = Field(index=True)
    id: str
    ts: float
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class AttachmentRow(SQLModel, table=True):
    __tablename__ = "tutor_attachment"

    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    thread_id: str | None = None
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


def owner_of(context: StudentContext) -> str:
    if not context.student_id or not context.school_id:
        raise PermissionError("student unknown")
    return json.dumps([context.school_id, context.student_id])


def check_page(limit: int, order: str) -> int:
    if order not in {"asc", "desc"}:
        raise ValueError("order must be 'asc' or 'desc'")
    if limit < 1:
        raise ValueError("limit must be positive")
    return min(limit, 200)


class TutorStore(Store[StudentContext]):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def _session(self) -> AsyncSession:
        return AsyncSession(self._engine, expire_on_commit=False)

    def generate_thread_id(self, context: StudentContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: StudentContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _thread(
        self, session: AsyncSession, thread_id: str, context: StudentContext
    ) -> ThreadRow | None:
        found = await session.exec(
            select(ThreadRow).where(ThreadRow.owner == owner_of(context), ThreadRow.id == thread_id)
        )
        return found.first()

    async def _item(
        self, session: AsyncSession, thread_id: str, item_id: str, context: StudentContext
    ) -> ItemRow | None:
        found = await session.exec(
            select(ItemRow).where(
                ItemRow.owner == owner_of(context),
                ItemRow.thread_id == thread_id,
                ItemRow.id == item_id,
            )
        )
        return found.first()

    async def load_thread(self, thread_id: str, context: StudentContext) -> ThreadMetadata:
        async with self._session() as session:
            row = await self._thread(session, thread_id, context)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate(row.body)

    async def save_thread(self, thread: ThreadMetadata, context: StudentContext) -> None:
        body = thread.model_dump(mode="json", exclude={"items"})
        async with self._session() as session:
            row = await self._thread(session, thread.id, context)
            if row is None:
                row = ThreadRow(
                    owner=owner_of(context), id=thread.id, ts=thread.created_at.timestamp(), body=body
                )
            else:
                row.body.update(body)  # CKF220
            session.add(row)
            await session.commit()

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: StudentContext,
    ) -> Page[ThreadItem]:
        limit = check_page(limit, order)
        position = tuple_(col(ItemRow.ts), col(ItemRow.pk))
        query = select(ItemRow).where(
            ItemRow.owner == owner_of(context), ItemRow.thread_id == thread_id
        )
        async with self._session() as session:
            if after is not None:
                cursor = await self._item(session, thread_id, after, context)
                if cursor is None:
                    raise NotFoundError(f"Item {after} not found")
                mark = (cursor.ts, cursor.pk)
                query = query.where(position > mark if order == "asc" else position < mark)
            if order == "asc":
                query = query.order_by(ItemRow.ts.asc(), ItemRow.pk.asc())  # CKF114
            else:
                query = query.order_by(ItemRow.ts.desc(), ItemRow.pk.desc())
            rows = (await session.exec(query.limit(limit + 1))).all()
        more = len(rows) > limit
        return Page(
            data=[ITEM.validate_python(row.body) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1].id if more else None,
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: StudentContext
    ) -> Page[ThreadMetadata]:
        limit = check_page(limit, order)
        keys = (col(ThreadRow.ts), col(ThreadRow.pk))
        query = select(ThreadRow).where(ThreadRow.owner == owner_of(context))
        async with self._session() as session:
            if after is not None:
                cursor = await self._thread(session, after, context)
                if cursor is None:
                    raise NotFoundError(f"Thread {after} not found")
                mark = (cursor.ts, cursor.pk)
                query = query.where(tuple_(*keys) > mark if order == "asc" else tuple_(*keys) < mark)
            query = query.order_by(*(k.asc() if order == "asc" else k.desc() for k in keys))
            rows = (await session.exec(query.limit(limit + 1))).all()
        more = len(rows) > limit
        return Page(
            data=[ThreadMetadata.model_validate(row.body) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1].id if more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: StudentContext
    ) -> None:
        async with self._session() as session:
            if await self._thread(session, thread_id, context) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row = await self._item(session, thread_id, item.id, context)
            if row is None:
                row = ItemRow(
                    owner=owner_of(context),
                    thread_id=thread_id,
                    id=item.id,
                    ts=item.created_at.timestamp(),
                    body=ITEM.dump_python(item, mode="json"),
                )
            else:
                row.ts = item.created_at.timestamp()
                row.body = ITEM.dump_python(item, mode="json")
            session.add(row)
            await session.commit()

    async def save_item(self, thread_id: str, item: ThreadItem, context: StudentContext) -> None:
        statement = (
            update(ItemRow)  # CKF204
            .where(
                col(ItemRow.owner) == owner_of(context),
                col(ItemRow.thread_id) == thread_id,
                col(ItemRow.id) == item.id,
            )
            .values(ts=item.created_at.timestamp(), body=ITEM.dump_python(item, mode="json"))
        )
        async with self._session() as session:
            await session.execute(statement)
            await session.commit()

    async def load_item(
        self, thread_id: str, item_id: str, context: StudentContext
    ) -> ThreadItem:
        async with self._session() as session:
            row = await self._item(session, thread_id, item_id, context)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_python(row.body)

    async def delete_thread(self, thread_id: str, context: StudentContext) -> None:
        owner = owner_of(context)
        async with self._session() as session:
            for table in (ItemRow, AttachmentRow):
                await session.execute(
                    delete(table).where(col(table.owner) == owner, col(table.thread_id) == thread_id)
                )
            await session.execute(
                delete(ThreadRow).where(col(ThreadRow.owner) == owner, col(ThreadRow.id) == thread_id)
            )
            await session.commit()

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: StudentContext
    ) -> None:
        async with self._session() as session:
            row = await self._item(session, thread_id, item_id, context)
            if row is not None:
                await session.delete(row)
                await session.commit()

    async def save_attachment(self, attachment: Attachment, context: StudentContext) -> None:
        async with self._session() as session:
            await session.merge(
                AttachmentRow(
                    owner=owner_of(context),
                    id=attachment.id,
                    thread_id=attachment.thread_id,
                    body=ATTACHMENT.dump_python(attachment, mode="json"),
                )
            )
            await session.commit()

    async def load_attachment(self, attachment_id: str, context: StudentContext) -> Attachment:
        async with self._session() as session:
            row = await session.get(AttachmentRow, (owner_of(context), attachment_id))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_python(row.body)

    async def delete_attachment(self, attachment_id: str, context: StudentContext) -> None:
        async with self._session() as session:
            row = await session.get(AttachmentRow, (owner_of(context), attachment_id))
            if row is not None:
                await session.delete(row)
                await session.commit()
