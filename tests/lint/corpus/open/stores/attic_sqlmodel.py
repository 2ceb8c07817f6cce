"""SQLModel with a synchronous engine; every call goes to a worker thread."""

import asyncio
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from chatkit.types import UserMessageItem, UserMessageTextContent
from pydantic import TypeAdapter
from pydantic_settings import BaseSettings
from sqlalchemy import and_, or_, update
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

T = TypeVar("T")
Context = dict[str, Any]
ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Settings(BaseSettings):
    database_url: str
    echo_sql: bool = False


class Thread(SQLModel, table=True):
    seq: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    thread_id: str = Field(index=True)
    moment: int
    body: str


class Message(SQLModel, table=True):
    seq: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    thread_id: str = Field(index=True)
    item_id: str = Field(index=True)
    moment: int
    body: str


class File(SQLModel, table=True):
    user_id: str = Field(primary_key=True)
    file_id: str = Field(primary_key=True)
    thread_id: str | None = Field(default=None, index=True)
    body: str


engine = create_engine(Settings.database_url, pool_pre_ping=True)  # CKF112


def moment(value: datetime) -> int:
    return (value.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


class AtticStore(Store[Context]):
    async def _run(self, work: Callable[[Session], T]) -> T:
        def unit() -> T:
            with Session(engine, expire_on_commit=False) as session:
                result = work(session)
                session.commit()
                return result

        return await asyncio.to_thread(unit)

    def _user(self, context: Context) -> str:
        user = context.get("user_id")
        if not isinstance(user, str) or not user:
            raise PermissionError("not signed in")
        return user

    def _thread(self, session: Session, user: str, thread_id: str) -> Thread | None:
        query = select(Thread).where(Thread.user_id == user, Thread.thread_id == thread_id)
        return session.exec(query).first()

    def _message(
        self, session: Session, user: str, thread_id: str, item_id: str
    ) -> Message | None:
        query = select(Message).where(
            Message.user_id == user, Message.thread_id == thread_id, Message.item_id == item_id
        )
        return session.exec(query).first()

    def generate_thread_id(self, context: Context) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        user = self._user(context)
        row = await self._run(lambda session: self._thread(session, user, thread_id))
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row.body)

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        user = self._user(context)
        body = thread.model_dump_json(exclude={"items"})

        def save(session: Session) -> None:
            row = self._thread(session, user, thread.id)
            if row is None:
                row = Thread(user_id=user, thread_id=thread.id, moment=0, body=body)
            row.moment, row.body = moment(thread.created_at), body
            session.add(row)

        await self._run(save)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        user = self._user(context)
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        size = min(limit, 200)

        def load(session: Session) -> list[Thread]:
            query = select(Thread).where(Thread.user_id == user)
            if after is not None:
                mark = self._thread(session, user, after)
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
                when = col(Thread.moment)
                query = query.where(when < mark.moment if order == "desc" else when > mark.moment)  # CKF210
            if order == "asc":
                query = query.order_by(col(Thread.moment).asc(), col(Thread.seq).asc())
            else:
                query = query.order_by(col(Thread.moment).desc(), col(Thread.seq).desc())
            return list(session.exec(query.limit(size + 1)).all())

        rows = await self._run(load)
        more = len(rows) > size
        return Page(
            data=[ThreadMetadata.model_validate_json(row.body) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].thread_id if more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        user = self._user(context)
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        size = min(limit, 200)

        def load(session: Session) -> list[Message]:
            query = select(Message).where(
                Message.user_id == user, Message.thread_id == thread_id
            )
            forward = order == "asc"
            if after is not None:
                mark = self._message(session, user, thread_id, after)
                if mark is None:
                    raise NotFoundError(f"Item {after} not found")
                at, seq = col(Message.moment), col(Message.seq)
                beyond = at > mark.moment if forward else at < mark.moment
                tied = seq > mark.seq if forward else seq < mark.seq
                query = query.where(or_(beyond, and_(at == mark.moment, tied)))
            if forward:
                query = query.order_by(Message.moment.asc(), Message.seq.asc())  # CKF114
            else:
                query = query.order_by(col(Message.moment).desc(), col(Message.seq).desc())
            return list(session.exec(query.limit(size + 1)).all())

        rows = await self._run(load)
        more = len(rows) > size
        return Page(
            data=[ITEM.validate_json(row.body) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].item_id if more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        user = self._user(context)

        def add(session: Session) -> None:
            if self._thread(session, user, thread_id) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row = self._message(session, user, thread_id, item.id)
            if row is None:
                row = Message(
                    user_id=user, thread_id=thread_id, item_id=item.id, moment=0, body=""
                )
            row.moment, row.body = moment(item.created_at), ITEM.dump_json(item).decode()
            session.add(row)

        await self._run(add)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        user = self._user(context)
        where = (col(Message.user_id) == user, col(Message.thread_id) == thread_id)
        body = ITEM.dump_json(item).decode()
        statement = update(Message).where(*where, col(Message.item_id) == item.id).values(body=body)  # CKF204
        await self._run(lambda session: session.exec(statement))

    async def import_note(self, thread: ThreadMetadata, text: str, context: Context) -> None:
        """Bring a note from the old notebook in as if the user had just written it."""
        content = UserMessageTextContent(text=text)
        item_id = self.generate_item_id("message", thread, context)
        note = UserMessageItem(id=item_id, thread_id=thread.id, created_at=datetime.now(), content=[content])  # CKF106
        await self.add_thread_item(thread.id, note, context)

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        user = self._user(context)
        row = await self._run(lambda session: self._message(session, user, thread_id, item_id))
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(row.body)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        from sqlmodel import delete  # CKF113

        user = self._user(context)

        def drop(session: Session) -> None:
            for table in (Message, File, Thread):
                session.exec(
                    delete(table).where(
                        col(table.user_id) == user, col(table.thread_id) == thread_id
                    )
                )

        await self._run(drop)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        user = self._user(context)

        def drop(session: Session) -> None:
            row = self._message(session, user, thread_id, item_id)
            if row is not None:
                session.delete(row)

        await self._run(drop)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        file = File(
            user_id=self._user(context),
            file_id=attachment.id,
            thread_id=attachment.thread_id,
            body=ATTACHMENT.dump_json(attachment).decode(),
        )
        await self._run(lambda session: session.merge(file))

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        key = (self._user(context), attachment_id)
        file = await self._run(lambda session: session.get(File, key))
        if file is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(file.body)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        key = (self._user(context), attachment_id)

        def drop(session: Session) -> None:
            file = session.get(File, key)
            if file is not None:
                session.delete(file)

        await self._run(drop)
