from abc import ABC

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
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        status = await self.pool.execute(
            "UPDATE items SET data = $4 WHERE owner = $1 AND thread_id = $2 AND id = $3",
            context, thread_id, item.id, item.model_dump_json(),
        )
        if status == "UPDATE 0":
            await self.pool.execute(
                "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)",
                context, thread_id, item.id, item.model_dump_json(),
            )
