from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadMetadata


class Threads(Store[str], ABC):
    def __init__(self, session: Any, row: Any) -> None:
        self.session, self.row = session, row

    async def rename(self, thread: ThreadMetadata, context: str) -> None:
        found = await self.session.get(self.row, (context, thread.id))
        if found is None:
            raise NotFoundError(f"Thread {thread.id} not found")
        found.data["title"] = thread.title  # CKF220
        found.meta.update(thread.metadata)  # CKF220
        await self.session.commit()

    async def replace(self, thread: ThreadMetadata, context: str) -> None:
        found = await self.session.get(self.row, (context, thread.id))
        if found is None:
            raise NotFoundError(f"Thread {thread.id} not found")
        found.data = {**found.data, "title": thread.title}
        await self.session.commit()

    def build(self, thread: ThreadMetadata) -> dict[str, Any]:
        document: dict[str, Any] = {"data": {}}
        document["data"]["title"] = thread.title
        return document


class Counts(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, rows: Any) -> None:
        self.sessions, self.rows = sessions, rows

    async def count(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.sessions() as db_session:
            row = await db_session.get(self.rows, (context["user_id"], thread_id))
            row.data["count"] += 1  # CKF220
            del row.data["draft"]  # CKF220
            copied = dict(row.data)
            copied["read"] = True
            row.data = copied
            await db_session.commit()
