from abc import ABC

import asyncpg
from chatkit.store import NotFoundError, Store
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
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        async with self.pool.acquire() as conn:
            row = await conn.fetchrow("SELECT id FROM threads WHERE owner = $1 AND id = $2", context, thread_id)
            if not row:
                raise NotFoundError(f"Thread {thread_id} not found")
            if item.thread_id != thread_id:
                raise ValueError("another thread's item")
            await conn.execute(  # CKF203
                "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)",
                context,
                thread_id,
                item.id,
                item.model_dump_json(),
            )
