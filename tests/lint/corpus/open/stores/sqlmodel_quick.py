"""Store for the todo assistant, on the SQLModel tables that the rest of the API uses."""

import uuid
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    Attachment,
    Page,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
)
from fastapi import HTTPException
from sqlalchemy import JSON, BigInteger, Column, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import Field, SQLModel, and_, col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession


class ChatThread(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("user_id", "id"),)

    seq: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    id: str
    at: int = Field(sa_type=BigInteger)
    body: str
    stats: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))


class ChatItem(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("user_id", "thread_id", "id"),)

    seq: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    thread_id: str = Field(index=True)
    id: str
    kind: str
    at: int = Field(sa_type=BigInteger)
    body: str


def sort_key(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class TodoStore(Store[dict[str, Any]]):
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    def generate_thread_id(self, context: dict[str, Any]) -> str:
        return str(uuid.uuid4())

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: dict[str, Any]
    ) -> str:
        return str(uuid.uuid4())

    def _user(self, context: dict[str, Any]) -> str:
        user_id = context.get("user_id")
        if not isinstance(user_id, str) or not user_id:
            raise PermissionError("user_id missing from the context")
        return user_id

    def _size(self, limit: int, order: str) -> int:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        return min(limit, 200)

    async def _thread_row(
        self, session: AsyncSession, thread_id: str, user_id: str
    ) -> ChatThread | None:
        query = select(ChatThread).where(
            ChatThread.user_id == user_id, ChatThread.id == thread_id
        )
        return (await session.exec(query)).first()

    async def _item_row(
        self, session: AsyncSession, thread_id: str, item_id: str, user_id: str
    ) -> ChatItem | None:
        query = select(ChatItem).where(
            ChatItem.user_id == user_id,
            ChatItem.thread_id == thread_id,
            ChatItem.id == item_id,
        )
        return (await session.exec(query)).first()

    def _to_item(self, row: ChatItem) -> ThreadItem | None:  # CKF208
        if row.kind == "user_message":
            return UserMessageItem.model_validate_json(row.body)
        if row.kind == "assistant_message":
            return AssistantMessageItem.model_validate_json(row.body)
        return None

    async def open_thread(self, title: str, context: dict[str, Any]) -> ThreadMetadata:
        """Start a thread with a greeting in it; used when a todo list is created."""
        thread = ThreadMetadata(
            id=self.generate_thread_id(context),
            title=title,
            created_at=datetime.now(),
            updated_at=datetime.now(),  # CKF105
        )
        await self.save_thread(thread, context)
        greeting = AssistantMessageItem(
            id=self.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[AssistantMessageContent(type="text", text="What is to be done?")],  # CKF107
        )
        await self.add_thread_item(thread.id, greeting, context)
        return thread

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        async with AsyncSession(self.engine) as session:
            row = await self._thread_row(session, thread_id, self._user(context))
            if row is None:
                raise HTTPException(status_code=404, detail="Thread not found")  # CKF206
            return ThreadMetadata.model_validate_json(row.body)

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        user_id = self._user(context)
        body = thread.model_dump_json(exclude={"items"})
        async with AsyncSession(self.engine) as session:
            row = await self._thread_row(session, thread.id, user_id)
            if row is None:
                row = ChatThread(user_id=user_id, id=thread.id, at=0, body=body)
            row.at = sort_key(thread.created_at)
            row.body = body
            session.add(row)
            await session.commit()

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        size = self._size(limit, order)
        user_id = self._user(context)
        query = select(ChatThread).where(ChatThread.user_id == user_id)
        at, seq = col(ChatThread.at), col(ChatThread.seq)
        async with AsyncSession(self.engine) as session:
            if after is not None:
                last = await self._thread_row(session, after, user_id)
                if last is None:
                    raise NotFoundError(f"Thread {after} not found")
                if order == "asc":
                    query = query.where(or_(at > last.at, and_(at == last.at, seq > last.seq)))
                else:
                    query = query.where(or_(at < last.at, and_(at == last.at, seq < last.seq)))
            if order == "asc":
                query = query.order_by(at, seq)
            else:
                query = query.order_by(ChatThread.at.desc(), seq.desc())  # CKF114
            rows = (await session.exec(query.limit(size + 1))).all()
            has_more = len(rows) > size
            rows = rows[:size]
            return Page(
                data=[ThreadMetadata.model_validate_json(row.body) for row in rows],
                has_more=has_more,
                after=rows[-1].id if has_more else None,
            )

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        user_id = self._user(context)
        async with AsyncSession(self.engine) as session:
            await session.exec(
                delete(ChatItem).where(
                    col(ChatItem.user_id) == user_id, col(ChatItem.thread_id) == thread_id
                )
            )
            await session.exec(
                delete(ChatThread).where(
                    col(ChatThread.user_id) == user_id, col(ChatThread.id) == thread_id
                )
            )
            await session.commit()

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: dict[str, Any],
    ) -> Page[ThreadItem]:
        size = self._size(limit, order)
        user_id = self._user(context)
        query = select(ChatItem).where(
            ChatItem.user_id == user_id, ChatItem.thread_id == thread_id
        )
        async with AsyncSession(self.engine) as session:
            if after is not None:
                if await self._item_row(session, thread_id, after, user_id) is None:
                    raise NotFoundError(f"Item {after} not found")
                past = ChatItem.id > after if order == "asc" else ChatItem.id < after  # CKF211
                query = query.where(past)
            if order == "asc":
                query = query.order_by(ChatItem.at.asc())  # CKF114
            else:
                query = query.order_by(col(ChatItem.at).desc())
            rows = (await session.exec(query.limit(size + 1))).all()
            has_more = len(rows) > size
            rows = rows[:size]
            items = [self._to_item(row) for row in rows]
            return Page(
                data=[item for item in items if item is not None],
                has_more=has_more,
                after=rows[-1].id if has_more else None,
            )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        user_id = self._user(context)
        async with AsyncSession(self.engine) as session:
            thread = await self._thread_row(session, thread_id, user_id)
            if thread is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row = await self._item_row(session, thread_id, item.id, user_id)
            if row is None:
                row = ChatItem(
                    user_id=user_id, thread_id=thread_id, id=item.id, kind=item.type, at=0, body=""
                )
            row.at = sort_key(item.created_at)
            row.body = item.model_dump_json()
            session.add(row)
            thread.stats["last_item"] = item.id  # CKF220
            session.add(thread)
            await session.commit()

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        async with AsyncSession(self.engine) as session:
            row = await self._item_row(session, thread_id, item.id, self._user(context))
            if row is not None:  # CKF204
                row.at = sort_key(item.created_at)
                row.body = item.model_dump_json()
                session.add(row)
                await session.commit()

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        async with AsyncSession(self.engine) as session:
            row = await self._item_row(session, thread_id, item_id, self._user(context))
            item = self._to_item(row) if row is not None else None
            if item is None:
                raise NotFoundError(f"Item {item_id} not found")
            return item

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        async with AsyncSession(self.engine) as session:
            row = await self._item_row(session, thread_id, item_id, self._user(context))
            if row is not None:
                await session.delete(row)
                await session.commit()

    # File uploads are not part of the first version.

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:  # CKF216
        raise NotImplementedError("attachments are not supported")

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:  # CKF216
        raise NotImplementedError("attachments are not supported")

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:  # CKF216
        raise NotImplementedError("attachments are not supported")
