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
