"""SQLAlchemy's synchronous ORM under ChatKit's coroutines.

Each operation is an ordinary method that takes a session; `in_worker` makes the coroutine of it
that the SDK awaits, and runs the method in a worker thread inside one transaction.
"""

import functools
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio.to_thread
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import BigInteger, ForeignKeyConstraint, String, Text, UniqueConstraint, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

logger = logging.getLogger(__name__)

Context = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")

items_type: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
attachments_type: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class Base(MappedAsDataclass, DeclarativeBase):
    pass


class ItemRow(Base):
    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("owner", "thread_id", "id"),
        ForeignKeyConstraint(["owner", "thread_id"], ["thread.owner", "thread.id"]),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, init=False)
    owner: Mapped[str] = mapped_column(String(255))
    thread_id: Mapped[str] = mapped_column(String(255))
    id: Mapped[str] = mapped_column(String(255))
    at: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)


class ThreadRow(Base):
    __tablename__ = "thread"
    __table_args__ = (UniqueConstraint("owner", "id"),)

    seq: Mapped[int] = mapped_column(primary_key=True, init=False)
    owner: Mapped[str] = mapped_column(String(255))
    id: Mapped[str] = mapped_column(String(255))
    at: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    items: Mapped[list[ItemRow]] = relationship(
        init=False, cascade="all, delete-orphan", lazy="select"
    )


class AttachmentRow(Base):
    __tablename__ = "attachment"

    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    thread_id: Mapped[str | None] = mapped_column(String(255))
    body: Mapped[str] = mapped_column(Text)


def in_worker(
    method: Callable[Concatenate["OrmStore", Session, P], R],
) -> Callable[Concatenate["OrmStore", P], Awaitable[R]]:
    @functools.wraps(method)
    async def coroutine(store: "OrmStore", *args: P.args, **kwargs: P.kwargs) -> R:
        def work() -> R:
            with store.sessions.begin() as session:
                return method(store, session, *args, **kwargs)

        return await anyio.to_thread.run_sync(work)

    return coroutine


def owner_of(context: Context) -> str:
    user = context.get("user")
    owner = getattr(user, "id", None)
    if not isinstance(owner, str) or not owner:
        raise PermissionError("sign in first")
    return owner


def microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class OrmStore(Store[Context]):
    def __init__(self, sessions: sessionmaker[Session], max_page_size: int = 200) -> None:
        self.sessions = sessions
        self.max_page_size = max_page_size

    def generate_thread_id(self, context: Context) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    # The coroutines that the SDK awaits

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        return await self._load_thread(thread_id, owner_of(context))

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        await self._save_thread(thread, owner_of(context))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        return await self._load_threads(self._size(limit, order), after, order, owner_of(context))

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        await self._delete_thread(thread_id, owner_of(context))

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        size = self._size(limit, order)
        return await self._load_items(thread_id, after, size, order, owner_of(context))

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self._put_item(thread_id, item, owner_of(context))

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self._put_item(thread_id, item, owner_of(context))

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        return await self._load_item(thread_id, item_id, owner_of(context))

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        await self._delete_item(thread_id, item_id, owner_of(context))

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        await self._save_attachment(attachment, owner_of(context))

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        return await self._load_attachment(attachment_id, owner_of(context))

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        await self._delete_attachment(attachment_id, owner_of(context))

    # What they do, in a worker thread

    def _size(self, limit: int, order: str) -> int:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        return min(limit, self.max_page_size)

    def _thread(self, session: Session, thread_id: str, owner: str) -> ThreadRow | None:
        return session.scalars(select(ThreadRow).filter_by(owner=owner, id=thread_id)).one_or_none()

    def _item(self, session: Session, thread_id: str, item_id: str, owner: str) -> ItemRow | None:
        mine = select(ItemRow).filter_by(owner=owner, thread_id=thread_id, id=item_id)
        return session.scalars(mine).one_or_none()

    def _page(
        self, session: Session, query: Any, model: Any, last: Any, size: int, order: str
    ) -> tuple[list[Any], str | None]:
        """Read a page of a query that is already limited to one owner."""
        if order == "asc":
            if last is not None:
                later = (model.at == last.at) & (model.seq > last.seq)
                query = query.where((model.at > last.at) | later)
            query = query.order_by(model.at, model.seq)
        else:
            if last is not None:
                earlier = (model.at == last.at) & (model.seq < last.seq)
                query = query.where((model.at < last.at) | earlier)
            query = query.order_by(model.at.desc(), model.seq.desc())
        rows = list(session.scalars(query.limit(size + 1)))
        return rows[:size], rows[size - 1].id if len(rows) > size else None

    @in_worker
    def _load_thread(self, session: Session, thread_id: str, owner: str) -> ThreadMetadata:
        row = self._thread(session, thread_id, owner)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row.body)

    @in_worker
    def _save_thread(self, session: Session, thread: ThreadMetadata, owner: str) -> None:
        at, body = microseconds(thread.created_at), thread.model_dump_json(exclude={"items"})
        row = self._thread(session, thread.id, owner)
        if row is None:
            session.add(ThreadRow(owner=owner, id=thread.id, at=at, body=body))
        else:
            row.at, row.body = at, body

    @in_worker
    def _load_threads(
        self, session: Session, size: int, after: str | None, order: str, owner: str
    ) -> Page[ThreadMetadata]:
        last = None if after is None else self._thread(session, after, owner)
        if after is not None and last is None:
            raise NotFoundError(f"Thread {after} not found")
        query = select(ThreadRow).where(ThreadRow.owner == owner)
        rows, cursor = self._page(session, query, ThreadRow, last, size, order)
        threads = [ThreadMetadata.model_validate_json(row.body) for row in rows]
        return Page(data=threads, has_more=cursor is not None, after=cursor)

    @in_worker
    def _delete_thread(self, session: Session, thread_id: str, owner: str) -> None:
        files = select(AttachmentRow).filter_by(owner=owner, thread_id=thread_id)
        for file in session.scalars(files):
            session.delete(file)
        row = self._thread(session, thread_id, owner)
        if row is not None:
            session.delete(row)  # the relationship takes the items along

    @in_worker
    def _load_items(
        self,
        session: Session,
        thread_id: str,
        after: str | None,
        size: int,
        order: str,
        owner: str,
    ) -> Page[ThreadItem]:
        last = None if after is None else self._item(session, thread_id, after, owner)
        if after is not None and last is None:
            raise NotFoundError(f"Item {after} not found")
        query = select(ItemRow).filter_by(owner=owner, thread_id=thread_id)
        rows, cursor = self._page(session, query, ItemRow, last, size, order)
        data: list[ThreadItem] = []
        for row in rows:
            try:
                data.append(items_type.validate_json(row.body))
            except ValidationError:
                logger.warning("item %s cannot be read here and is left out", row.id)
        return Page(data=data, has_more=cursor is not None, after=cursor)

    @in_worker
    def _put_item(self, session: Session, thread_id: str, item: ThreadItem, owner: str) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item is of another thread")
        if self._thread(session, thread_id, owner) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        at, body = microseconds(item.created_at), item.model_dump_json()
        row = self._item(session, thread_id, item.id, owner)
        if row is None:
            session.add(ItemRow(owner=owner, thread_id=thread_id, id=item.id, at=at, body=body))
        else:
            row.at, row.body = at, body

    @in_worker
    def _load_item(
        self, session: Session, thread_id: str, item_id: str, owner: str
    ) -> ThreadItem:
        row = self._item(session, thread_id, item_id, owner)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return items_type.validate_json(row.body)

    @in_worker
    def _delete_item(self, session: Session, thread_id: str, item_id: str, owner: str) -> None:
        if (row := self._item(session, thread_id, item_id, owner)) is not None:
            session.delete(row)

    @in_worker
    def _save_attachment(self, session: Session, attachment: Attachment, owner: str) -> None:
        session.merge(
            AttachmentRow(
                owner=owner,
                id=attachment.id,
                thread_id=attachment.thread_id,
                body=attachment.model_dump_json(),
            )
        )

    @in_worker
    def _load_attachment(self, session: Session, attachment_id: str, owner: str) -> Attachment:
        row = session.get(AttachmentRow, (owner, attachment_id))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachments_type.validate_json(row.body)

    @in_worker
    def _delete_attachment(self, session: Session, attachment_id: str, owner: str) -> None:
        row = session.get(AttachmentRow, (owner, attachment_id))
        if row is not None:
            session.delete(row)
