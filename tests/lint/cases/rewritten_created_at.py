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


class Variables(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        await self.pool.execute(  # CKF209
            "INSERT INTO threads (owner, id, created_at, data) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
            context["user_id"],
            thread.id,
            now,
            thread.model_dump_json(),
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        await self.pool.execute(  # CKF209
            "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (owner, thread_id, id)"
            " DO UPDATE SET data = excluded.data, created_at = NOW()",
            context["user_id"],
            thread_id,
            item.id,
            item.model_dump_json(),
        )


class Touches(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        await self.pool.execute(
            "INSERT INTO threads (owner, id, created_at, updated_at, data)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data, updated_at = NOW()",
            context["user_id"],
            thread.id,
            thread.created_at,
            now,
            thread.model_dump_json(),
        )
