import time
from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata
from datetime import UTC, datetime
from sqlalchemy import DateTime, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing import Any

class Rewrites(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        item.created_at = datetime.now(UTC)  # CKF209
        await self.db.upsert(context, item.id, item.model_dump_json())

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.execute(  # CKF209
            "INSERT INTO threads (owner, id, data, created_at) VALUES (?, ?, ?, CURRENT_TIMESTAMP)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            (context, thread.id, thread.model_dump_json()),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> list[ThreadMetadata]:
        return [
            ThreadMetadata(
                id=row["id"],
                created_at=datetime.now(),  # CKF209
                title=row["title"],
                status=row["status"],
                metadata=row["metadata"],
                allowed_image_domains=row["domains"],
            )
            for row in await self.find(context, limit, after, order)
        ]

    async def find(self, *arguments: Any) -> list[dict[str, Any]]:
        from chatkit.store import NotFoundError  # CKF113

        raise NotFoundError(str(arguments))


class Keeps(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.execute(
            "INSERT INTO threads (owner, id, data, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            (context, thread.id, thread.model_dump_json(), thread.created_at.isoformat()),
        )


class Variables(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        await self.pool.execute(  # CKF209
            "INSERT INTO threads (owner, id, created_at, data) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            context["user_id"],
            thread.id,
            now,
            thread.model_dump_json(),
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        await self.pool.execute(  # CKF209
            "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (owner, thread_id, id)"
            " DO UPDATE SET data = excluded.data, created_at = NOW()",
            context["user_id"],
            thread_id,
            item.id,
            item.model_dump_json(),
        )


class Touches(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        await self.pool.execute(
            "INSERT INTO threads (owner, id, created_at, updated_at, data)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data, updated_at = NOW()",
            context["user_id"],
            thread.id,
            thread.created_at,
            now,
            thread.model_dump_json(),
        )


Ctx = dict[str, Any]

TABLES = """
CREATE TABLE IF NOT EXISTS notes (
    owner TEXT, thread_id TEXT, id TEXT, body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, thread_id, id)
);
"""


def utcnow() -> datetime:
    return datetime.now(UTC)


class Defaults(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.pool.execute(  # CKF209
            "INSERT INTO notes (owner, thread_id, id, body) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET body = excluded.body",
            context["user"],
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.pool.execute(
            "INSERT INTO notes (owner, thread_id, id, body, created_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET body = excluded.body",
            context["user"],
            thread_id,
            item.id,
            item.model_dump_json(),
            item.created_at,
        )

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        row = {"owner": context["user"], "id": thread.id, "created": utcnow(), "body": thread.model_dump_json()}
        await self.pool.execute(  # CKF209
            "INSERT INTO threads (owner, id, created, body) VALUES (:owner, :id, :created, :body)"
            " ON CONFLICT (owner, id) DO UPDATE SET body = excluded.body",
            row,
        )


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "row"
    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime, server_default=func.now())
    stored_at: Mapped[datetime] = mapped_column(DateTime, server_default=func.now())
    at: Mapped[int]
    body: Mapped[str]


class Orm(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await session.merge(
                Row(owner=context["user"], id=thread.id, body=thread.model_dump_json())  # CKF209
            )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            at = int(item.created_at.timestamp() * 1_000_000)
            await session.merge(
                Row(owner=context["user"], id=item.id, at=at, body=item.model_dump_json())
            )


class Sorted(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        user = context["user"]
        await self.redis.hset(f"{user}:threads", thread.id, thread.model_dump_json())
        await self.redis.zadd(f"{user}:recently-active", {thread.id: time.time()})

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = f"{context['user']}:{thread_id}"
        await self.redis.hset(f"{key}:items", item.id, item.model_dump_json())
        await self.redis.zadd(f"{key}:order", {item.id: time.time()})  # CKF209

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = f"{context['user']}:{thread_id}"
        await self.redis.hset(f"{key}:items", item.id, item.model_dump_json())
        await self.redis.zadd(f"{key}:order", {item.id: item.created_at.timestamp()})


class Makes(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.db.threads.find_one({"owner": context["user"], "id": thread_id})
        if row is None:
            return ThreadMetadata(id=thread_id, created_at=utcnow())  # CKF205
        return ThreadMetadata.model_validate(row["doc"])

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Page[ThreadMetadata]:
        rows = await self._rows(context["user"], limit, after, order)
        return Page(data=[await self.load_thread(row, context) for row in rows])

    async def _rows(self, *arguments: Any) -> list[str]:
        return [str(each) for each in arguments]

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await self.db.threads.update_one(
            {"owner": context["user"], "id": thread.id},
            {  # CKF209
                "$set": {"doc": thread.model_dump(mode="json")},
                "$currentDate": {"created_at": True},
            },
            upsert=True,
        )
