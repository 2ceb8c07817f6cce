from abc import ABC

import asyncpg
from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        async with self.pool.acquire() as conn, conn.transaction():
            await conn.execute("DELETE FROM items WHERE owner = $1 AND thread_id = $2 AND id = $3", context, thread_id, item.id)
            await conn.execute(
                "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)", context, thread_id, item.id, item.model_dump_json()
            )
