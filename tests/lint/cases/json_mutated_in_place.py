from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, ThreadItem, ThreadMetadata
from sqlalchemy import JSON, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from typing import Any

class Threads(Store[str], ABC):
    def __init__(self, session: Any, row: Any) -> None:
        self.session, self.row = session, row

    async def rename(self, thread: ThreadMetadata, context: str) -> None:
        found = await self.session.get(self.row, (context, thread.id))
        if found is None:
            raise NotFoundError(f"Thread {thread.id} not found")
        found.data["title"] = thread.title  # CKF220
        found.meta.update(thread.metadata)  # CKF220
        await self.session.commit()

    async def replace(self, thread: ThreadMetadata, context: str) -> None:
        found = await self.session.get(self.row, (context, thread.id))
        if found is None:
            raise NotFoundError(f"Thread {thread.id} not found")
        found.data = {**found.data, "title": thread.title}
        await self.session.commit()

    def build(self, thread: ThreadMetadata) -> dict[str, Any]:
        document: dict[str, Any] = {"data": {}}
        document["data"]["title"] = thread.title
        return document


class Counts(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, rows: Any) -> None:
        self.sessions, self.rows = sessions, rows

    async def count(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.sessions() as db_session:
            row = await db_session.get(self.rows, (context["user_id"], thread_id))
            row.data["count"] += 1  # CKF220
            del row.data["draft"]  # CKF220
            copied = dict(row.data)
            copied["read"] = True
            row.data = copied
            await db_session.commit()


Ctx = dict[str, Any]


class Base(DeclarativeBase):
    pass


class Chat(Base):
    __tablename__ = "chat"
    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    blob: Mapped[dict[str, Any]] = mapped_column(JSON)
    labels: Mapped[list[str]] = mapped_column(JSON, default=list)
    lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan")
    text: Mapped[str]


class Line(Base):
    __tablename__ = "line"
    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


class Changes(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def _chat(self, session: Any, thread_id: str, context: Ctx) -> Chat | None:
        query = select(Chat).where(Chat.owner == context["user"], Chat.id == thread_id)
        return (await session.scalars(query)).one_or_none()

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            chat = await self._chat(session, thread.id, context)
            if chat is None:
                chat = Chat(owner=context["user"], id=thread.id, blob={})
                session.add(chat)
            chat.blob["thread"] = thread.model_dump(mode="json")  # CKF220

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            chat = await self._chat(session, thread_id, context)
            if chat is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            blob = chat.blob
            blob["items"][item.id] = item.model_dump(mode="json")  # CKF220
            chat.blob = blob

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            chat = await session.get(Chat, (context["user"], attachment.id))
            if chat is None:
                chat = Chat(owner=context["user"], id=attachment.id, blob=attachment.model_dump())
                session.add(chat)
            chat.labels.append(attachment.name)  # CKF220


class Renews(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def _chat(self, session: Any, thread_id: str, context: Ctx) -> Chat | None:
        query = select(Chat).where(Chat.owner == context["user"], Chat.id == thread_id)
        return (await session.scalars(query)).one_or_none()

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            chat = await self._chat(session, thread.id, context)
            if chat is None:
                chat = Chat(owner=context["user"], id=thread.id, blob={})
                session.add(chat)
            chat.blob = {**chat.blob, "thread": thread.model_dump(mode="json")}

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            chat = await self._chat(session, thread_id, context)
            if chat is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            blob = dict(chat.blob)
            blob[item.id] = item.model_dump(mode="json")
            chat.blob = blob
            chat.lines.append(Line(owner=context["user"], id=item.id, body=item.model_dump_json()))
