from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem, ThreadMetadata
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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
