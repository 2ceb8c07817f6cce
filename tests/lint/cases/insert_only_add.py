import asyncpg
import logging
import sqlite3
from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem
from rows import ItemRow, ThreadRow
from sqlalchemy import Column, MetaData, String, Table, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing import Any

class Sql(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self._insert(context, thread_id, item)

    async def _insert(self, owner: str, thread_id: str, item: ThreadItem) -> None:
        await self.db.execute(  # CKF203
            "INSERT INTO items (owner, thread_id, id) VALUES (?, ?, ?)", (owner, thread_id, item.id)
        )


class Lists(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], list[ThreadItem]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        self.items.setdefault((context, thread_id), []).append(item)  # CKF203


class Documents(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.items.insert_one({"owner": context, "id": item.id})  # CKF203


class Upserts(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.execute(
            "INSERT INTO items (owner, thread_id, id) VALUES (?, ?, ?)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
            (context, thread_id, item.id),
        )


class Catches(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        try:
            await self.db.execute("INSERT INTO items (owner, id) VALUES (?, ?)", (context, item.id))
        except sqlite3.IntegrityError:
            await self.db.execute("UPDATE items SET data = ? WHERE owner = ?", (item, context))


class Replaces(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], list[ThreadItem]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        items = self.items.setdefault((context, thread_id), [])
        for place, known in enumerate(items):
            if known.id == item.id:
                items[place] = item
                return
        items.append(item)


class ByKey(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, ThreadItem]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        self.items.setdefault((context, thread_id), {})[item.id] = item


class RowAdded(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        async with self.sessions() as session:
            found = await session.scalar(
                select(ThreadRow).where(
                    ThreadRow.owner == context["user_id"], ThreadRow.id == thread_id
                )
            )
            if not found:
                raise NotFoundError(f"Thread {thread_id} not found")
            session.add(ItemRow(id=item.id, thread_id=thread_id, data=item.model_dump_json()))  # CKF203
            await session.commit()


class KeptOld(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.execute(  # CKF203
            "INSERT INTO items (owner, thread_id, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (context, thread_id, item.id),
        )
        await self.db.execute(
            "UPDATE threads SET touched = ? WHERE owner = ?", (item.created_at, context)
        )


class Raises(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        try:
            await self.db.execute("INSERT INTO items (owner, id) VALUES (?, ?)", context)  # CKF203
        except sqlite3.IntegrityError as error:
            raise ValueError(f"{item.id} is stored already") from error


class Pushes(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.threads.update_one(  # CKF203
            {"owner": context, "id": thread_id}, {"$push": {"items": item.model_dump()}}
        )


class Piles(Store[str], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.redis.rpush(f"{context}:{thread_id}", item.model_dump_json())  # CKF203


class PulledFirst(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        key = {"owner": context, "id": thread_id}
        await self.db.threads.update_one(key, {"$pull": {"items": {"id": item.id}}})
        await self.db.threads.update_one(key, {"$push": {"items": item.model_dump()}})


class RowLooked(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        async with self.sessions() as session:
            row = await session.get(ItemRow, (context["user_id"], thread_id, item.id))
            if row is None:
                row = ItemRow(owner=context["user_id"], thread_id=thread_id, id=item.id)
                session.add(row)
            row.data = item.model_dump_json()
            await session.commit()


Ctx = dict[str, Any]
log = logging.getLogger(__name__)
items = Table("items", MetaData(), Column("owner", String, primary_key=True), Column("id", String, primary_key=True))


class Base(DeclarativeBase):
    pass


class ItemRow(Base):
    __tablename__ = "item"
    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


class Swallows(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.load_thread(thread_id, context)
        try:
            await self.pool.execute(  # CKF203
                "INSERT INTO items (owner, thread_id, id, body) VALUES ($1, $2, $3, $4)",
                context["user"],
                thread_id,
                item.id,
                item.model_dump_json(),
            )
        except asyncpg.UniqueViolationError:
            log.warning("item %s is there already", item.id)


class Heals(Store[Ctx], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.load_thread(thread_id, context)
        try:
            await self.pool.execute(
                "INSERT INTO items (owner, thread_id, id, body) VALUES ($1, $2, $3, $4)",
                context["user"],
                thread_id,
                item.id,
                item.model_dump_json(),
            )
        except asyncpg.UniqueViolationError:
            await self.save_item(thread_id, item, context)


class Core(Store[Ctx], ABC):
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.engine.begin() as conn:
            await conn.execute(
                insert(items).values(owner=context["user"], id=item.id, body=item.model_dump_json())  # CKF203
            )


class CoreNothing(Store[Ctx], ABC):
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        row = {"owner": context["user"], "id": item.id, "body": item.model_dump_json()}
        statement = pg_insert(ItemRow).values(**row).on_conflict_do_nothing()  # CKF203
        async with self.engine.begin() as conn:
            await conn.execute(statement)


class CoreUpsert(Store[Ctx], ABC):
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        statement = pg_insert(items).values(owner=context["user"], id=item.id, body=item.model_dump_json())
        async with self.engine.begin() as conn:
            await conn.execute(
                statement.on_conflict_do_update(
                    index_elements=["owner", "id"], set_={"body": statement.excluded.body}
                )
            )


class Conditional(Store[Ctx], ABC):
    def __init__(self, table: Any) -> None:
        self.table = table

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.table.put_item(  # CKF203
            Item={"pk": f"{context['user']}#{thread_id}", "sk": item.id, "body": item.model_dump_json()},
            ConditionExpression="attribute_not_exists(sk)",
        )


class Members(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = f"{context['user']}:{thread_id}"
        await self.redis.zadd(key, {item.model_dump_json(): item.created_at.timestamp()})  # CKF203


class Scores(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = f"{context['user']}:{thread_id}"
        await self.redis.set(f"{key}:{item.id}", item.model_dump_json())
        await self.redis.zadd(key, {item.id: item.created_at.timestamp()})


class LooksFirst(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        query = select(ItemRow).where(ItemRow.owner == context["user"], ItemRow.id == item.id)
        async with self.sessions.begin() as session:
            row = (await session.scalars(query)).one_or_none() or ItemRow(owner=context["user"], id=item.id)
            row.body = item.model_dump_json()
            session.add(row)


class Replaces(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        mine = {"owner": context["user"], "thread": thread_id, "id": item.id}
        if not await self.db.threads.find_one({"owner": context["user"], "id": thread_id}):
            raise NotFoundError(f"Thread {thread_id} not found")
        await self.db.items.delete_one(mine)
        await self.db.items.insert_one({**mine, "body": item.model_dump_json()})


def message_key(owner: str, thread_id: str, item_id: str) -> dict[str, str]:
    return {"owner": owner, "thread": thread_id, "message": item_id}


class Keyed(Store[Ctx], ABC):
    """A helper that makes a key minds no conflict."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = message_key(context["user"], thread_id, item.id)
        await self.db.messages.insert_one({**key, "json": item.model_dump_json()})  # CKF203
