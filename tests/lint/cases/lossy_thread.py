import logging
from abc import ABC
from beanie import Document
from beanie.operators import Set
from chatkit.store import NotFoundError, Store
from chatkit.types import Thread, ThreadItem, ThreadMetadata
from datetime import UTC, datetime
from sqlalchemy.dialects.postgresql import insert
from store_tables import threads
from typing import Any

class Drops(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:  # CKF207
        await self.db.upsert(context, thread.id, thread.created_at, thread.title, thread.metadata)

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        row = await self.db.row(context, thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata(id=row["id"], created_at=row["at"], title=row["title"])  # CKF207


class Columns(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.upsert(
            context,
            thread.id,
            thread.created_at,
            thread.title,
            thread.metadata,
            thread.status.model_dump(),
            thread.allowed_image_domains,
        )


class Whole(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        self.threads[(context, thread.id)] = thread.model_copy(deep=True)


class Kept(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        self.threads[(context, thread.id)] = thread


class Helper(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.upsert(context, thread.id, self._row(thread))

    def _row(self, thread: ThreadMetadata) -> str:
        return thread.model_dump_json()


Ctx = dict[str, Any]
KEPT = ("id", "title", "created_at")
NOT_STORED = {"items"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SetLists(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await self.pool.execute(  # CKF207
            "INSERT INTO threads (owner, id, created_at, title, status, metadata, domains)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (owner, id) DO UPDATE SET title = excluded.title, status = excluded.status",
            context["user"],
            thread.id,
            thread.created_at,
            thread.title,
            thread.status.model_dump_json(),
            thread.metadata,
            thread.allowed_image_domains,
        )


class AllSet(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await self.pool.execute(
            "INSERT INTO threads (owner, id, seq, created_at, title, status, metadata, domains)"
            " VALUES ($1, $2, nextval('s'), $3, $4, $5, $6, $7)"
            " ON CONFLICT (owner, id) DO UPDATE SET title = excluded.title, status = excluded.status,"
            " metadata = excluded.metadata, domains = excluded.domains, created_at = excluded.created_at",
            context["user"],
            thread.id,
            thread.created_at,
            thread.title,
            thread.status.model_dump_json(),
            thread.metadata,
            thread.allowed_image_domains,
        )


class Excludes(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:  # CKF207
        logging.debug("saving %s", thread)
        body = thread.model_dump(mode="json", exclude={"items", "metadata"})
        await self.db.put(context["user"], thread.id, body)


class Includes(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:  # CKF207
        if isinstance(thread, Thread):
            logging.debug("with items")
        await self.db.put(context["user"], thread.id, thread.model_dump_json(include=set(KEPT)))


class IncludesNamed(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:  # CKF207
        await self.db.put(context["user"], thread.id, thread.model_dump_json(include={"id", "title"}))


class Pops(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:  # CKF207
        body = thread.model_dump()
        body.pop("items", None)
        body.pop("status", None)
        await self.db.put(context["user"], thread.id, body)


class Splits(Store[Ctx], ABC):
    """What is taken out is kept elsewhere."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        body = thread.model_dump(exclude=NOT_STORED)
        metadata = body.pop("metadata")
        await self.db.put(context["user"], thread.id, body, metadata)


class Beside(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        body = thread.model_dump_json(exclude={"items", "metadata"})
        await self.db.put(context["user"], thread.id, body, thread.metadata)

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.db.row(context["user"], thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate({"id": row["id"], "created_at": row["at"], "title": row["t"]})  # CKF207


class MadeUp(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.db.row(context["user"], thread_id)
        if row is None:
            title = "New conversation"
            return ThreadMetadata(  # CKF205
                id=thread_id, created_at=EPOCH, title=title, metadata={}, status=None, allowed_image_domains=[]
            )
        return ThreadMetadata.model_validate_json(row["body"])

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self._ensure(thread_id, context["user"])
        await self.db.items.replace_one(
            {"owner": context["user"], "thread": thread_id, "id": item.id},
            {"body": item.model_dump_json()},
            upsert=True,
        )

    async def _ensure(self, thread_id: str, owner: str) -> None:
        await self.db.threads.update_one(  # CKF205
            {"owner": owner, "id": thread_id}, {"$setOnInsert": {"title": None}}, upsert=True
        )


class FromRow(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.db.row(context["user"], thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        when, title, status, metadata, domains = row
        return ThreadMetadata(
            id=thread_id,
            created_at=when,
            title=title,
            status=status,
            metadata=metadata,
            allowed_image_domains=domains,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        touched = await self.db.threads.update_one(
            {"owner": context["user"], "id": thread_id}, {"$set": {"touched": item.created_at}}
        )
        if touched.matched_count == 0:
            raise NotFoundError(f"Thread {thread_id} not found")
        await self.db.items.replace_one(
            {"owner": context["user"], "thread": thread_id, "id": item.id},
            {"body": item.model_dump_json()},
            upsert=True,
        )


class ThreadDoc(Document):
    owner: str
    thread_id: str
    title: str | None
    status: dict[str, Any]
    domains: list[str] | None
    meta: dict[str, Any]

    @classmethod
    def build(cls, thread: ThreadMetadata, owner: str) -> "ThreadDoc":
        return cls(
            owner=owner,
            thread_id=thread.id,
            title=thread.title,
            status=thread.status.model_dump(),
            domains=thread.allowed_image_domains,
            meta=thread.metadata,
        )


class UpdatesSome(Store[Ctx], ABC):
    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await ThreadDoc.find_one(ThreadDoc.owner == context["user"]).upsert(
            Set({ThreadDoc.title: thread.title, ThreadDoc.meta: thread.metadata}),  # CKF207
            on_insert=ThreadDoc.build(thread, context["user"]),
        )


class UpdatesAll(Store[Ctx], ABC):
    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        changed = {
            ThreadDoc.title: thread.title,
            ThreadDoc.meta: thread.metadata,
            ThreadDoc.status: thread.status.model_dump(),
            ThreadDoc.domains: thread.allowed_image_domains,
        }
        found = ThreadDoc.find_one(ThreadDoc.owner == context["user"])
        await found.upsert(Set(changed), on_insert=ThreadDoc.build(thread, context["user"]))


class SetsSome(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        change = {
            "$set": {"title": thread.title, "meta": thread.metadata},  # CKF207
            "$setOnInsert": {
                "status": thread.status.model_dump(),
                "domains": thread.allowed_image_domains,
            },
        }
        await self.db.update_one({"o": context["user"], "t": thread.id}, change, upsert=True)


class SetsAll(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        change = {
            "$set": {"title": thread.title, "body": thread.model_dump_json()},
            "$setOnInsert": {"born": thread.created_at.isoformat()},
        }
        await self.db.update_one({"o": context["user"], "t": thread.id}, change, upsert=True)


class SetsSomeColumns(Store[Ctx], ABC):
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        made = insert(threads).values(
            owner=context["user"],
            id=thread.id,
            title=thread.title,
            status=thread.status.model_dump(),
            domains=thread.allowed_image_domains,
            meta=thread.metadata,
        )
        changed = {"title": made.excluded.title, "meta": made.excluded.meta}  # CKF207
        await self.engine.execute(
            made.on_conflict_do_update(index_elements=["owner", "id"], set_=changed)
        )


class ChangesSome(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            row = await session.get(ThreadDoc, (context["user"], thread.id))
            if row is None:
                session.add(ThreadDoc.build(thread, context["user"]))
            else:
                row.title = thread.title  # CKF207
                row.meta = thread.metadata


class ChangesAll(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            row = await session.get(ThreadDoc, (context["user"], thread.id))
            if row is None:
                session.add(ThreadDoc.build(thread, context["user"]))
                return
            row.title, row.status = thread.title, thread.status.model_dump()
            row.domains = thread.allowed_image_domains
            row.meta = thread.metadata


class ChangesByName(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        values = {"status": thread.status.model_dump(), "meta": thread.metadata}
        async with self.sessions.begin() as session:
            row = await session.get(ThreadDoc, (context["user"], thread.id))
            if row is None:
                session.add(ThreadDoc.build(thread, context["user"]))
            else:
                row.title = thread.title
                row.domains = thread.allowed_image_domains
                for name, value in values.items():
                    setattr(row, name, value)


class UpdatesApart(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        done = await self.pool.execute(  # CKF207
            "UPDATE threads SET title = $3, metadata = $4 WHERE owner = $1 AND id = $2",
            context["user"],
            thread.id,
            thread.title,
            thread.metadata,
        )
        if done == "UPDATE 0":
            await self.pool.execute(
                "INSERT INTO threads (owner, id, title, metadata, status, domains)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                context["user"],
                thread.id,
                thread.title,
                thread.metadata,
                thread.status.model_dump_json(),
                thread.allowed_image_domains,
            )
