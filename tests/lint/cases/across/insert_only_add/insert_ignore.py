from abc import ABC
from typing import Any

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
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        async with self.pool.acquire() as conn, conn.cursor() as cur:
            await cur.execute(  # CKF203
                "INSERT IGNORE INTO items (owner, thread_id, id, data) VALUES (%s, %s, %s, %s)",
                (context, thread_id, item.id, item.model_dump_json()),
            )
            await conn.commit()
