"""The Store: ChatKit on one side, the repositories on the other."""

import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import cast

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from .models import AttachmentRow, ItemRow, ThreadRow
from .repository import AttachmentRepository, ItemRepository, Order, ThreadRepository

logger = logging.getLogger(__name__)

LARGEST_PAGE = 200


class ChatContext(BaseModel):
    user_id: str | None = None


def _key(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _paging(limit: int, order: str) -> tuple[int, Order]:
    if limit < 1:
        raise ValueError("limit has to be positive")
    if order not in ("asc", "desc"):
        raise ValueError("order has to be asc or desc")
    return min(limit, LARGEST_PAGE), cast(Order, order)


class SQLModelStore(Store[ChatContext]):
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.item_adapter = TypeAdapter[ThreadItem](ThreadItem)
        self.attachment_adapter = TypeAdapter[Attachment](Attachment)

    def generate_thread_id(self, context: ChatContext) -> str:
        return f"thr_{uuid.uuid4()}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: ChatContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4()}"

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session
            await session.commit()

    def _user(self, context: ChatContext) -> str:
        if not context.user_id:
            raise PermissionError("anonymous requests have no threads")
        return context.user_id

    # threads

    async def load_thread(self, thread_id: str, context: ChatContext) -> ThreadMetadata:
        async with self._session() as session:
            row = await ThreadRepository(session, self._user(context)).find(thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return self._thread(row)

    async def save_thread(self, thread: ThreadMetadata, context: ChatContext) -> None:
        body = thread.model_dump_json(exclude={"items"})
        async with self._session() as session:
            threads = ThreadRepository(session, self._user(context))
            await threads.put(thread.id, _key(thread.created_at), body)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ChatContext
    ) -> Page[ThreadMetadata]:
        size, way = _paging(limit, order)
        async with self._session() as session:
            threads = ThreadRepository(session, self._user(context))
            cursor = None
            if after is not None and (cursor := await threads.find(after)) is None:
                raise NotFoundError(f"Thread {after} not found")
            rows = await threads.page(cursor, way, size + 1)
        more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[self._thread(row) for row in rows],
            has_more=more,
            after=rows[-1].id if more else None,
        )

    async def delete_thread(self, thread_id: str, context: ChatContext) -> None:
        async with self._session() as session:
            await ThreadRepository(session, self._user(context)).drop(thread_id)

    # items

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: ChatContext
    ) -> Page[ThreadItem]:
        size, way = _paging(limit, order)
        async with self._session() as session:
            items = ItemRepository(session, self._user(context), thread_id)
            cursor = await self._item_cursor(items, after)
            rows = await items.page(cursor, way, size + 1)
        more = len(rows) > size
        rows = rows[:size]
        data: list[ThreadItem] = []
        for row in rows:
            try:
                data.append(self._item(row))
            except ValidationError:
                logger.warning("skipping item %s, which this version cannot read", row.id)
        return Page(data=data, has_more=more, after=rows[-1].id if more else None)

    async def _item_cursor(self, items: ItemRepository, after: str | None) -> ItemRow | None:
        if after is None:
            return None
        row = await items.find(after)
        if row is None:
            raise NotFoundError(f"Item {after} not found")
        return row

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: ChatContext
    ) -> None:
        await self._put_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: ChatContext) -> None:
        await self._put_item(thread_id, item, context)

    async def _put_item(self, thread_id: str, item: ThreadItem, context: ChatContext) -> None:
        owner = self._user(context)
        if item.thread_id != thread_id:
            raise ValueError(f"{item.id} is an item of {item.thread_id}")
        async with self._session() as session:
            if await ThreadRepository(session, owner).find(thread_id) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            items = ItemRepository(session, owner, thread_id)
            await items.put(item.id, _key(item.created_at), item.model_dump_json())

    async def load_item(self, thread_id: str, item_id: str, context: ChatContext) -> ThreadItem:
        async with self._session() as session:
            row = await ItemRepository(session, self._user(context), thread_id).find(item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return self._item(row)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: ChatContext
    ) -> None:
        async with self._session() as session:
            await ItemRepository(session, self._user(context), thread_id).drop(item_id)

    # attachments

    async def save_attachment(self, attachment: Attachment, context: ChatContext) -> None:
        async with self._session() as session:
            await AttachmentRepository(session, self._user(context)).put(
                attachment.id, attachment.thread_id, attachment.model_dump_json()
            )

    async def load_attachment(self, attachment_id: str, context: ChatContext) -> Attachment:
        async with self._session() as session:
            row = await AttachmentRepository(session, self._user(context)).find(attachment_id)
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return self._file(row)

    async def delete_attachment(self, attachment_id: str, context: ChatContext) -> None:
        async with self._session() as session:
            await AttachmentRepository(session, self._user(context)).drop(attachment_id)

    # rows to objects

    def _thread(self, row: ThreadRow) -> ThreadMetadata:
        return ThreadMetadata.model_validate_json(row.body)

    def _item(self, row: ItemRow) -> ThreadItem:
        return self.item_adapter.validate_json(row.body)

    def _file(self, row: AttachmentRow) -> Attachment:
        return self.attachment_adapter.validate_json(row.body)
