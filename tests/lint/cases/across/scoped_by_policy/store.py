from abc import ABC

import asyncpg
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadMetadata

from .pool import tell


async def open_pool(dsn: str) -> asyncpg.Pool:
    return await asyncpg.create_pool(dsn, setup=tell)


class Told(Store[str], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        body = await self.pool.fetchval("SELECT body FROM threads WHERE id = $1", thread_id)
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: str) -> None:
        gone = await self.pool.execute("DELETE FROM items WHERE thread_id = $1 AND id = $2", thread_id, item_id)
        if gone == "DELETE 0":
            raise NotFoundError(f"Item {item_id} not found")  # CKF219
