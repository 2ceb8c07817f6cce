from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store
from chatkit.types import ThreadItem

UPSERT = "INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {sets}"


class Threads(Store[str], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self._write("items", {"owner": context, "thread_id": thread_id, "id": item.id, "data": item.model_dump_json()})

    async def _write(self, table: str, row: dict[str, Any]) -> None:
        sql = UPSERT.format(table=table, columns=", ".join(row), marks="$1, $2, $3, $4", key="owner, thread_id, id", sets="data = excluded.data")
        await self.pool.execute(sql, *row.values())
