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
