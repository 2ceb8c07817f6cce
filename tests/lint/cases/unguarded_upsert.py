import json
from abc import ABC
from beanie import Document
from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, ThreadItem, ThreadMetadata
from django.db import models
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (id TEXT PRIMARY KEY, owner TEXT NOT NULL, data TEXT);
CREATE TABLE IF NOT EXISTS notes (owner TEXT, id TEXT, data TEXT, PRIMARY KEY (owner, id));
"""


class Open(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self.db.execute(  # CKF202
            "INSERT OR REPLACE INTO threads (id, owner, data) VALUES (?, ?, ?)",
            (thread.id, context["user_id"], thread.model_dump_json()),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: dict[str, Any]) -> None:
        await self.db.execute(  # CKF202
            """
            INSERT INTO items (id, owner, data) VALUES (?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET data = excluded.data, owner = excluded.owner
            """,
            (item.id, context["user_id"], item.model_dump_json()),
        )

    async def save_attachment(self, attachment: Any, context: dict[str, Any]) -> None:
        await self.db.files.replace_one(  # CKF202
            {"_id": attachment.id},
            {"owner": context["user_id"], "data": attachment.model_dump()},
            upsert=True,
        )


class Guarded(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self.db.execute(
            """
            INSERT INTO threads (id, owner, data) VALUES (?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET data = excluded.data WHERE threads.owner = excluded.owner
            """,
            (thread.id, context["user_id"], thread.model_dump_json()),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: dict[str, Any]) -> None:
        await self.db.execute(
            "INSERT OR REPLACE INTO notes (owner, id, data) VALUES (?, ?, ?)",
            (context["user_id"], item.id, item.model_dump_json()),
        )

    async def save_attachment(self, attachment: Any, context: dict[str, Any]) -> None:
        await self.db.files.replace_one(
            {"_id": attachment.id, "owner": context["user_id"]},
            {"owner": context["user_id"], "data": attachment.model_dump()},
            upsert=True,
        )


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "threads"
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    data: Mapped[str]


class ItemRow(Base):
    __tablename__ = "items"
    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[str]


class OpenRows(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        async with self.sessions() as session:
            body = thread.model_dump_json()
            await session.merge(ThreadRow(id=thread.id, owner=context["user_id"], data=body))  # CKF202
            await session.commit()

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        statement = pg_insert(ItemRow).values(
            id=item.id, owner=context["user_id"], data=item.model_dump_json()
        )
        statement = statement.on_conflict_do_update(  # CKF202
            index_elements=[ItemRow.id], set_={"data": statement.excluded.data}
        )
        async with self.sessions() as session:
            await session.execute(statement)


class GuardedRows(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        async with self.sessions() as session:
            known = await session.get(ThreadRow, thread.id)
            if known is not None and known.owner != context["user_id"]:
                raise PermissionError("another's")
            body = thread.model_dump_json()
            await session.merge(ThreadRow(id=thread.id, owner=context["user_id"], data=body))
            await session.commit()

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        async with self.sessions() as session:
            body = item.model_dump_json()
            await session.merge(ItemRow(id=item.id, owner=context["user_id"], data=body))
            await session.commit()

    async def save_attachment(self, attachment: Any, context: dict[str, Any]) -> None:
        statement = pg_insert(ThreadRow).values(
            id=attachment.id, owner=context["user_id"], data=attachment.model_dump_json()
        )
        statement = statement.on_conflict_do_update(
            index_elements=["id"],
            set_={"data": statement.excluded.data},
            where=ThreadRow.owner == context["user_id"],
        )
        async with self.sessions() as session:
            await session.execute(statement)


class Composed(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self.db.execute(
            "INSERT INTO threads (id, data) VALUES ($1, $2)"
            " ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            f"{context['user_id']}:{thread.id}",
            thread.model_dump_json(),
        )


Ctx = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (
    id VARCHAR(64) NOT NULL, customer_id VARCHAR(64) NOT NULL, doc TEXT,
    PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS chats (
    n INTEGER PRIMARY KEY AUTOINCREMENT, chat_id TEXT NOT NULL, who TEXT NOT NULL, doc TEXT,
    UNIQUE (who, chat_id)
);
CREATE TABLE IF NOT EXISTS entries (
    n INTEGER PRIMARY KEY AUTOINCREMENT, entry_id TEXT NOT NULL UNIQUE, who TEXT NOT NULL, doc TEXT
);
"""


class Mysql(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def _run(self, sql: str, *values: Any) -> None:
        async with self.pool.acquire() as conn, conn.cursor() as cursor:
            await cursor.execute(sql, values)

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        await self._run(  # CKF202
            "INSERT INTO uploads (id, customer_id, doc) VALUES (%s, %s, %s) "
            "ON DUPLICATE KEY UPDATE doc = VALUES(doc)",
            attachment.id,
            context["customer"],
            attachment.model_dump_json(),
        )

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await self._run(
            "INSERT INTO chats (chat_id, who, doc) VALUES (%s, %s, %s) "
            "ON DUPLICATE KEY UPDATE doc = VALUES(doc)",
            thread.id,
            context["customer"],
            thread.model_dump_json(),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self._run(  # CKF202
            "REPLACE INTO entries (entry_id, who, doc) VALUES (%s, %s, %s)",
            item.id,
            context["customer"],
            item.model_dump_json(),
        )


class Prefixed(Store[Ctx], ABC):
    """The owner is part of the one key column."""

    def __init__(self, db: Any) -> None:
        self.db = db

    def _key(self, context: Ctx, *parts: str) -> str:
        return "/".join((context["customer"], *parts))

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        row = (self._key(context, thread.id), thread.model_dump_json())
        await self.db.execute(
            "INSERT INTO documents (id, body) VALUES ($1, $2)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            *row,
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = self._key(context, thread_id, item.id)
        await self.db.execute(
            "INSERT INTO documents (id, body) VALUES (%(id)s, %(body)s)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            {"id": key, "body": item.model_dump_json()},
        )

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        await self.db.files.update_one(
            {"_id": self._key(context, attachment.id)},
            {"$set": {"owner": context["customer"], "body": attachment.model_dump_json()}},
            upsert=True,
        )


class Documents(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def _upsert(self, collection: Any, key: Any, values: Any) -> None:
        await collection.update_one(key, {"$set": values}, upsert=True)

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        body = {"owner": context["user"], "json": thread.model_dump_json()}
        await self._upsert(self.db.threads, {"_id": thread.id}, body)  # CKF202

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = {"owner": context["user"], "_id": item.id}
        await self._upsert(self.db.items, key, {"json": item.model_dump_json()})

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        known = await self.db.files.find_one({"_id": attachment.id})
        if known is not None and known["owner"] != context["user"]:
            raise PermissionError("somebody else's")
        await self.db.files.replace_one(
            {"_id": attachment.id},
            {"owner": context["user"], "json": attachment.model_dump_json()},
            upsert=True,
        )


class Memory(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, tuple[str, ThreadMetadata]] = {}
        self.files: dict[str, tuple[str, Attachment]] = {}
        self.by_user: dict[str, dict[str, Attachment]] = {}

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        self.threads[thread.id] = (context["user"], thread.model_copy(deep=True))  # CKF202

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        self.by_user.setdefault(context["user"], {})[attachment.id] = attachment
        owner, _ = self.files.get(attachment.id, (context["user"], None))
        if owner != context["user"]:
            raise NotFoundError(f"Attachment {attachment.id} not found")
        self.files[attachment.id] = (context["user"], attachment)


class Hashes(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        user = context["user"]
        await self.redis.hset(  # CKF202
            f"thread:{thread.id}", mapping={"owner": user, "json": thread.model_dump_json()}
        )
        await self.redis.zadd(f"threads:{user}", {thread.id: thread.created_at.timestamp()})

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        user = context["user"]
        await self.redis.set(f"file:{user}:{attachment.id}", attachment.model_dump_json())

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self._require(thread_id, context)
        body = json.dumps({"by": context["user"], "json": item.model_dump_json()})
        await self.redis.hset(f"items:{thread_id}", item.id, body)

    async def _require(self, thread_id: str, context: Ctx) -> None:
        owner = await self.redis.hget(f"thread:{thread_id}", "owner")
        if owner != context["user"]:
            raise NotFoundError(f"Thread {thread_id} not found")


class Base(DeclarativeBase):
    pass


class Upload(Base):
    __tablename__ = "upload"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    body: Mapped[str]


class Pair(Base):
    __tablename__ = "pair"
    __table_args__ = (PrimaryKeyConstraint("tenant", "id"), UniqueConstraint("n"))
    id: Mapped[str] = mapped_column()
    tenant: Mapped[str] = mapped_column()
    n: Mapped[int]
    body: Mapped[str]


class Rows(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    def _row(self, attachment: Attachment, tenant: str) -> Upload:
        return Upload(id=attachment.id, tenant=tenant, body=attachment.model_dump_json())

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await session.merge(self._row(attachment, context["tenant"]))  # CKF202

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        row = Pair(id=thread.id, tenant=context["tenant"], n=0, body=thread.model_dump_json())
        async with self.sessions.begin() as session:
            await session.merge(row)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            row = await session.get(Upload, item.id)  # CKF202
            if row is None:
                row = Upload(id=item.id, tenant=context["tenant"])
                session.add(row)
            row.body = item.model_dump_json()


class CheckedRows(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        tenant = context["tenant"]
        async with self.sessions.begin() as session:
            row = await session.get(Upload, thread.id)
            if row is None:
                row = Upload(id=thread.id, tenant=tenant)
                session.add(row)
            elif row.tenant != tenant:
                raise NotFoundError(f"Thread {thread.id} not found")
            row.body = thread.model_dump_json()

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            query = select(Pair).where(Pair.tenant == context["tenant"], Pair.id == item.id)
            row = (await session.scalars(query)).one_or_none()
            if row is None:
                row = Pair(id=item.id, tenant=context["tenant"], n=1)
                session.add(row)
            row.body = item.model_dump_json()

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await self._refuse_foreign(session, attachment.id, context["tenant"])
            await session.merge(
                Upload(
                    id=attachment.id,
                    tenant=context["tenant"],
                    body=attachment.model_dump_json(),
                )
            )

    async def _refuse_foreign(self, session: Any, upload_id: str, tenant: str) -> None:
        owner = await session.scalar(select(Upload.tenant).where(Upload.id == upload_id))
        if owner not in (None, tenant):
            raise PermissionError("somebody else's")


class Guards(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await self.pool.execute(
            "INSERT INTO threads AS t (thread_id, member, body) VALUES ($1, $2, $3)"
            " ON CONFLICT (thread_id) DO UPDATE SET body = excluded.body"
            " WHERE t.member = excluded.member",
            thread.id,
            context["member"],
            thread.model_dump_json(),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.pool.execute(  # CKF202
            "INSERT INTO items (item_id, member, version, body) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (item_id) DO UPDATE SET body = excluded.body"
            " WHERE items.version < excluded.version",
            item.id,
            context["member"],
            1,
            item.model_dump_json(),
        )

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        await self.pool.execute(
            "INSERT INTO files (shelf, file_id, body) VALUES ($1, $2, $3)"
            " ON CONFLICT (shelf, file_id) DO UPDATE SET body = excluded.body",
            context["member"],
            attachment.id,
            attachment.model_dump_json(),
        )


class FileDoc(Document):
    id: str
    owner: str
    body: str


class FileRow(models.Model):
    id = models.CharField(primary_key=True)
    owner = models.CharField()
    body = models.TextField()


class SavedDocuments(Store[Ctx], ABC):
    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        body = attachment.model_dump_json()
        doc = FileDoc(id=attachment.id, owner=context["member"], body=body)
        await doc.save()  # CKF202


class DocumentsLookedAt(Store[Ctx], ABC):
    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        known = await FileDoc.get(attachment.id)
        if known is not None and known.owner != context["member"]:
            raise NotFoundError(f"Attachment {attachment.id} not found")
        body = attachment.model_dump_json()
        doc = FileDoc(id=attachment.id, owner=context["member"], body=body)
        await doc.save()


class DocumentsOfTheOwner(Store[Ctx], ABC):
    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        body = attachment.model_dump_json()
        key = f"{context['member']}:{attachment.id}"
        await FileDoc(id=key, owner=context["member"], body=body).save()


class DocumentsInserted(Store[Ctx], ABC):
    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        body = attachment.model_dump_json()
        await FileDoc(id=attachment.id, owner=context["member"], body=body).insert()


class SavedRows(Store[Ctx], ABC):
    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        body = attachment.model_dump_json()
        await FileRow(id=attachment.id, owner=context["member"], body=body).asave()  # CKF202


class RowsLookedFor(Store[Ctx], ABC):
    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        body = attachment.model_dump_json()
        await FileRow.objects.aupdate_or_create(  # CKF202
            pk=attachment.id, defaults={"owner": context["member"], "body": body}
        )


class RowsOfTheOwner(Store[Ctx], ABC):
    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        await FileRow.objects.aupdate_or_create(
            id=attachment.id,
            owner=context["member"],
            defaults={"body": attachment.model_dump_json()},
        )


class Containers(Store[dict[str, Any]], ABC):
    """One container is parted by the thread's id, another one by its owner."""

    def __init__(self, database: Any) -> None:
        self.threads = database.get_container_client("threads")
        self.files = database.get_container_client("files")

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        document = await self.threads.read_item(item=thread_id, partition_key=thread_id)
        if document["owner"] != context["user"]:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(document["json"])

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        return await self.files.read_item(item=attachment_id, partition_key=context["user"])

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self.threads.upsert_item(  # CKF202
            {"id": thread.id, "owner": context["user"], "json": thread.model_dump_json()}
        )

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        await self.files.upsert_item(
            {"id": attachment.id, "owner": context["user"], "json": attachment.model_dump_json()}
        )


class KeptApart(Store[dict[str, Any]], ABC):
    """The partition is the owner's and the thread's, by a name that says nothing of it."""

    def __init__(self, database: Any) -> None:
        self.talks = database.get_container_client("threads")
        self.papers = database.get_container_client("files")

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        doc_id = f"{context['user']}:{thread_id}"
        document = await self.talks.read_item(item=thread_id, partition_key=doc_id)
        return ThreadMetadata.model_validate_json(document["json"])

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        row = await self.papers.read_item(item=attachment_id, partition_key=attachment_id)
        if row["owner"] != context["user"]:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return row

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        scope = f"{context['user']}:{thread.id}"
        await self.talks.upsert_item(
            {"id": thread.id, "scope": scope, "json": thread.model_dump_json()}
        )

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        key = f"{context['user']}:{attachment.id}"
        await self.papers.upsert_item(
            {"id": attachment.id, "pk": key, "json": attachment.model_dump_json()}
        )
