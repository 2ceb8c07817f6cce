from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store
from chatkit.types import ThreadItem
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ItemRow(Base):
    __tablename__ = "items"

    owner: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[str]


class Threads(Store[str], ABC):
    def __init__(self, pool: asyncpg.Pool, cache: Any = None) -> None:
        self.pool, self.cache = pool, cache

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        if self.cache is not None:
            await self.cache.delete(f"{context}:{thread_id}")
        await self.pool.execute(  # CKF203
            "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)",
            context, thread_id, item.id, item.model_dump_json(),
        )
