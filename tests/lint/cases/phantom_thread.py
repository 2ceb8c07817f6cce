from datetime import datetime

from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


class Phantom(Store[str], ABC):
    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        row = await self.find(context, thread_id)
        if row is None:
            row = ThreadMetadata(id=thread_id, created_at=datetime.now())  # CKF205
        return row

    async def find(self, owner: str, key: str) -> ThreadMetadata | None:
        raise NotFoundError(owner + key)


class Real(Store[str], ABC):
    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        row = await self.find(context, thread_id)
        return ThreadMetadata(
            id=row["id"],
            created_at=datetime.fromisoformat(row["created_at"]),
            title=row["title"],
            status=row["status"],
            metadata=row["metadata"],
            allowed_image_domains=row["domains"],
        )

    async def find(self, owner: str, key: str) -> dict[str, Any]:
        raise NotFoundError(owner + key)


KEPT = Page


class MadeUp(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.find(context["user_id"], thread_id)
        if row is None:
            return self._empty(thread_id)
        return ThreadMetadata.model_validate(row)

    def _empty(self, thread_id: str) -> ThreadMetadata:
        now = datetime.now()
        return ThreadMetadata(id=thread_id, created_at=now)  # CKF205

    async def find(self, owner: str, thread_id: str) -> Any:
        raise NotFoundError(f"Thread {thread_id} of {owner} not found")
