import json
import logging
from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from collections import defaultdict
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing import Any

class Sql(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.pool.fetchrow("SELECT data FROM threads WHERE id = $1", thread_id)  # CKF201
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["data"])

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        logging.info("loading for %s", context["user_id"])
        row = await self.pool.fetchrow("SELECT data FROM items WHERE id = $1", item_id)  # CKF201
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return row

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        user = context["user_id"]
        await self.pool.execute("DELETE FROM items WHERE owner = $1 AND thread_id = $2", user, thread_id)
        await self.pool.execute("DELETE FROM threads WHERE owner = $1 AND id = $2", user, thread_id)

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self._remove(attachment_id, context)

    async def _remove(self, key: str, context: dict[str, Any]) -> None:
        await self.pool.execute(
            "DELETE FROM files WHERE id = $1 AND owner = $2", key, context["user_id"]
        )


class Plain(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}
        self.items: dict[str, list[ThreadItem]] = defaultdict(list)

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        if thread_id not in self.threads:  # CKF201
            raise NotFoundError(f"Thread {thread_id} not found")
        return self.threads[thread_id]

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        self.threads.pop((context["user_id"], attachment_id), None)


class Checked(Store[dict[str, Any]], ABC):
    def __init__(self, session: Any) -> None:
        self.session = session

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.session.get(ThreadMetadata, thread_id)
        if row is None or row.owner != context["user_id"]:
            raise NotFoundError(f"Thread {thread_id} not found")
        return row


class OneUser(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any, user_id: str) -> None:
        self.pool = pool
        self.user_id = user_id

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self.pool.execute(
            "DELETE FROM files WHERE id = $1 AND owner = $2", attachment_id, self.user_id
        )


class Delegates(Store[dict[str, Any]], ABC):
    def __init__(self, inner: Store[dict[str, Any]]) -> None:
        self.inner = inner

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self.inner.delete_attachment(attachment_id, context)


class Asks(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        self._require_user(context)
        await self.pool.execute("DELETE FROM items WHERE id = $1", item_id)  # CKF201

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        owner = self._require_user(context)
        await self.pool.execute(
            "DELETE FROM files WHERE id = $1 AND owner = $2", attachment_id, owner
        )

    def _require_user(self, context: dict[str, Any]) -> str:
        owner = context.get("user_id")
        if not owner:
            raise PermissionError("sign in first")
        return str(owner)


ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
Ctx = dict[str, Any]


class Document(DeclarativeBase):
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    data: Mapped[str]


class ItemRow(DeclarativeBase):
    id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str]


class ChecksThread(Store[Ctx], ABC):
    """The thread is looked for with the owner; items are asked for within it."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    def _owner(self, context: Ctx) -> str:
        if not context.get("user_id"):
            raise PermissionError("sign in")
        return str(context["user_id"])

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.pool.fetchrow(
            "SELECT data FROM threads WHERE id = $1 AND user_id = $2", thread_id, self._owner(context)
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["data"])

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        await self.load_thread(thread_id, context)
        row = await self.pool.fetchrow(
            "SELECT data FROM items WHERE thread_id = $1 AND id = $2", thread_id, item_id
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(row["data"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        owned = await self.pool.fetchval(
            "SELECT 1 FROM threads WHERE id = $1 AND user_id = $2", thread_id, self._owner(context)
        )
        if not owned:
            return
        await self.pool.execute(
            "DELETE FROM items WHERE thread_id = $1 AND id = $2", thread_id, item_id
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.pool.acquire() as conn, conn.transaction():
            if await conn.fetchval(
                "SELECT 1 FROM threads WHERE id = $1 AND user_id = $2",
                thread_id,
                self._owner(context),
            ):
                await conn.execute("DELETE FROM items WHERE thread_id = $1", thread_id)
                await conn.execute("DELETE FROM threads WHERE id = $1", thread_id)

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        row = await self.pool.fetchrow("SELECT * FROM files WHERE id = $1", attachment_id)
        self._check(row, context)
        await self.pool.execute("DELETE FROM files WHERE id = $1 AND owner = $2", attachment_id, self._owner(context))

    def _check(self, row: Any, context: Ctx) -> None:
        if row is not None and row["owner"] != self._owner(context):
            raise PermissionError("not yours")


class FirstUnscoped(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user_id"]
        async with self.pool.acquire() as conn:
            await conn.execute("DELETE FROM items WHERE thread_id = $1", thread_id)  # CKF201
            await conn.execute("DELETE FROM threads WHERE id = $1 AND owner = $2", thread_id, owner)

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        # The thread is theirs, but the item may be of any thread.
        await self._require_thread(thread_id, context)
        row = await self.pool.fetchrow("SELECT data FROM items WHERE id = $1", item_id)  # CKF201
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(row["data"])

    async def _require_thread(self, thread_id: str, context: Ctx) -> None:
        row = await self.pool.fetchrow(
            "SELECT 1 FROM threads WHERE id = $1 AND owner = $2", thread_id, context["user_id"]
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")

    async def load_attachment(self, attachment_id: str, context: Ctx) -> Attachment:
        row = await self._attachment_row(attachment_id, context)
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return TypeAdapter[Attachment](Attachment).validate_json(row["data"])

    async def _attachment_row(self, attachment_id: str, context: Ctx) -> Any:
        logging.info("attachment %s for %s", attachment_id, context["user_id"])
        return await self.pool.fetchrow("SELECT data FROM files WHERE id = $1", attachment_id)  # CKF201


_current: ContextVar[str] = ContextVar("owner")


class RowLevel(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    @asynccontextmanager
    async def _as(self, context: Ctx) -> Any:
        async with self.pool.acquire() as conn, conn.transaction():
            await conn.execute("SELECT set_config('app.user_id', $1, true)", context["user_id"])
            yield conn

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        async with self._as(context) as conn:
            row = await conn.fetchrow("SELECT data FROM items WHERE id = $1", item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(row["data"])

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.pool.acquire() as conn, conn.transaction():
            await conn.execute("SELECT set_config('app.user_id', $1, true)", context["user_id"])
            await conn.execute("DELETE FROM items WHERE thread_id = $1", thread_id)
            await conn.execute("DELETE FROM threads WHERE id = $1", thread_id)

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        token = _current.set(context["user_id"])
        try:
            await self._run("DELETE FROM files WHERE id = $1", attachment_id)
        finally:
            _current.reset(token)

    async def _run(self, sql: str, *args: Any) -> None:
        async with self.pool.acquire() as conn:
            await conn.execute("SET app.user_id = '" + _current.get() + "'")
            await conn.execute(sql, *args)


class Orm(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        user = context["user_id"]
        async with self.sessions() as session:
            row = await session.get(Document, thread_id)  # CKF201
            if row is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            logging.info("thread %s read by %s", thread_id, user)
            return ThreadMetadata.model_validate_json(row.data)

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        query = select(Document).where(Document.id == item_id)
        query = query.where(Document.owner == context["user_id"])
        async with self.sessions() as session:
            row = (await session.execute(query)).scalar_one_or_none()
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(row.data)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            query = select(Document).where(Document.id == thread_id, Document.owner == context["user_id"])
            row = (await session.scalars(query)).first()
            if row is None:
                return
            await session.execute(delete(ItemRow).where(ItemRow.thread_id == thread_id))
            await session.delete(row)

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            row = await session.get(Document, attachment_id)
            if row and row.owner == context["user_id"]:
                await session.delete(row)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Ctx
    ) -> Page[ThreadMetadata]:
        mark = None
        if after:
            mark = await self._mark(after, context["user_id"])
        query = select(Document).order_by(Document.id)  # CKF201
        if mark is not None:
            query = query.where(Document.id > mark)
        if order == "desc":
            query = query.order_by(Document.id.desc())
        async with self.sessions() as session:
            rows = (await session.scalars(query.limit(limit + 1))).all()
        last = rows[limit - 1].id if len(rows) > limit else None
        return Page(data=[ThreadMetadata.model_validate_json(r.data) for r in rows[:limit]], has_more=last is not None, after=last)

    async def _mark(self, after: str, owner: str) -> str:
        async with self.sessions() as session:
            row = (await session.scalars(select(Document).where(Document.id == after, Document.owner == owner))).first()
        if row is None:
            raise NotFoundError(f"Thread {after} not found")
        return str(row.id)


class Files(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root

    def _folder(self, context: Ctx) -> Path:
        return self.root / str(context["user_id"])

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        path = self._folder(context) / f"{thread_id}.json"
        if not path.exists():
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(path.read_text())

    async def load_attachment(self, attachment_id: str, context: Ctx) -> Attachment:
        mine = self._folder(context)
        mine.mkdir(exist_ok=True)
        path = self.root / "files" / f"{attachment_id}.json"
        if not path.exists():  # CKF201
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return TypeAdapter[Attachment](Attachment).validate_json(path.read_text())


class Cached(Store[Ctx], ABC):
    def __init__(self, inner: Store[Ctx]) -> None:
        self.inner = inner
        self.cache: dict[str, ThreadMetadata] = {}
        self.items: dict[tuple[str, str], Any] = {}

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        if thread_id in self.cache:  # CKF201
            return self.cache[thread_id]
        thread = await self.inner.load_thread(thread_id, context)
        self.cache[thread_id] = thread
        return thread

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        key = (context["user_id"], item_id)
        if key not in self.items:
            self.items[key] = await self.inner.load_item(thread_id, item_id, context)
        return self.items[key]

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        self.items.pop((context["user_id"], item_id), None)
        await self.inner.delete_thread_item(thread_id, item_id, context)


class Hashes(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    def _key(self, context: Ctx, *parts: str) -> str:
        return ":".join(("chat", str(context["user_id"]), *parts))

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        raw = await self.redis.hget(self._key(context, "items", thread_id), item_id)
        if raw is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(raw)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        await self.redis.zrem(self._key(context, "order", thread_id), item_id)
        await self.redis.hdel(f"chat:items:{thread_id}", item_id)  # CKF201

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        key = self._key(context, "thread", thread_id)
        async with self.redis.pipeline() as pipe:
            pipe.delete(key)
            pipe.delete(f"{key}:items")
            pipe.zrem(self._key(context, "threads"), thread_id)
            await pipe.execute()


class Narrowed(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Page[ThreadMetadata]:
        query = select(Narrow).order_by(Narrow.id)
        return await self._page(query, context["user_id"], after, limit, order)

    async def _page(self, query: Any, owner: str, after: str | None, limit: int, order: str) -> Any:
        mine = query.where(Narrow.owner == owner)
        async with self.sessions() as session:
            return (await session.scalars(beyond(mine, after, order).limit(limit))).all()


class Wide(Store[Ctx], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Page[ThreadMetadata]:
        query = select(Narrow).order_by(Narrow.id)  # CKF201
        async with context["sessions"]() as session:
            return (await session.scalars(beyond(query, after, order).limit(limit))).all()


class Locked(Store[Ctx], ABC):
    """A lock of the user's own keeps his requests apart, and asks nobody whose the row is."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        async with self._user_lock(context["user_id"]):
            row = await self.pool.fetchrow("SELECT data FROM threads WHERE id = $1", thread_id)  # CKF201
        if row is None:
            raise NotFoundError(f"{thread_id} not found")
        return ThreadMetadata.model_validate_json(row["data"])

    @asynccontextmanager
    async def _user_lock(self, owner: str) -> Any:
        async with self.pool.locks[owner]:
            yield
