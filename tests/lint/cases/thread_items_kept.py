from abc import ABC
from typing import Any

from chatkit.store import Store


class Keeps(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.db.execute(  # CKF218
            "DELETE FROM threads WHERE owner = ? AND id = ?", (context, thread_id)
        )


class KeepsToo(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], Any] = {}
        self.items: dict[tuple[str, str], Any] = {}

    async def delete_thread(self, thread_id: str, context: str) -> None:
        self.threads.pop((context, thread_id), None)  # CKF218


class Both(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def delete_thread(self, thread_id: str, context: str) -> None:
        for table, key in (("items", "thread_id"), ("threads", "id")):
            await self.db.execute(
                f"DELETE FROM {table} WHERE owner = ? AND {key} = ?", (context, thread_id)
            )


class Helped(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self._clear(context, thread_id)
        await self.db.execute("DELETE FROM threads WHERE owner = ? AND id = ?", (context, thread_id))

    async def _clear(self, owner: str, thread_id: str) -> None:
        await self.db.execute("DELETE FROM items WHERE owner = ? AND thread_id = ?", (owner, thread_id))


class Nested(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], Any] = {}

    async def delete_thread(self, thread_id: str, context: str) -> None:
        self.threads.pop((context, thread_id), None)


class OtherKey(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        await self.db.execute(
            "INSERT INTO chat_items (owner, thread_id, id, data) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
            (context["user"], thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.db.execute(  # CKF218
            "DELETE FROM chat_threads WHERE owner = ? AND thread_id = ?",
            (context["user"], thread_id),
        )
        await self.db.execute(
            "DELETE FROM chat_files WHERE owner = ? AND thread_id = ?",
            (context["user"], thread_id),
        )


class Documents(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        key = {"owner": context["user"], "thread": thread_id, "id": item.id}
        await self.db.items.replace_one(key, {**key, "data": item.model_dump()}, upsert=True)

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.db.threads.delete_one({"owner": context["user"], "id": thread_id})  # CKF218


class BothDocuments(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        key = {"owner": context["user"], "thread": thread_id, "id": item.id}
        await self.db.items.replace_one(key, {**key, "data": item.model_dump()}, upsert=True)

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.db.items.delete_many({"owner": context["user"], "thread": thread_id})
        await self.db.threads.delete_one({"owner": context["user"], "id": thread_id})
