from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadMetadata


class Drops(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:  # CKF207
        await self.db.upsert(context, thread.id, thread.created_at, thread.title, thread.metadata)

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        row = await self.db.row(context, thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata(id=row["id"], created_at=row["at"], title=row["title"])  # CKF207


class Columns(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.upsert(
            context,
            thread.id,
            thread.created_at,
            thread.title,
            thread.metadata,
            thread.status.model_dump(),
            thread.allowed_image_domains,
        )


class Whole(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        self.threads[(context, thread.id)] = thread.model_copy(deep=True)


class Kept(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        self.threads[(context, thread.id)] = thread


class Helper(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.upsert(context, thread.id, self._row(thread))

    def _row(self, thread: ThreadMetadata) -> str:
        return thread.model_dump_json()
