import sqlite3
from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem


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
