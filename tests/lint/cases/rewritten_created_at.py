from abc import ABC
from datetime import UTC, datetime
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem, ThreadMetadata


class Rewrites(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        item.created_at = datetime.now(UTC)  # CKF209
        await self.db.upsert(context, item.id, item.model_dump_json())

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.execute(  # CKF209
            "INSERT INTO threads (owner, id, data, created_at) VALUES (?, ?, ?, CURRENT_TIMESTAMP)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            (context, thread.id, thread.model_dump_json()),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> list[ThreadMetadata]:
        return [
            ThreadMetadata(
                id=row["id"],
                created_at=datetime.now(),  # CKF209
                title=row["title"],
                status=row["status"],
                metadata=row["metadata"],
                allowed_image_domains=row["domains"],
            )
            for row in await self.find(context, limit, after, order)
        ]

    async def find(self, *arguments: Any) -> list[dict[str, Any]]:
        from chatkit.store import NotFoundError  # CKF113

        raise NotFoundError(str(arguments))


class Keeps(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.execute(
            "INSERT INTO threads (owner, id, data, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            (context, thread.id, thread.model_dump_json(), thread.created_at.isoformat()),
        )
