import sqlite3
from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem
from sqlalchemy import select

from .rows import ItemRow, ThreadRow


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
