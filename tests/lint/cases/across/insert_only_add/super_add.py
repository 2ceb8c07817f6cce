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


class Keeping(Store[str], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def _insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        await self.pool.execute(f"INSERT INTO {table} ({names}) VALUES ($1, $2, $3, $4)", *row.values())  # CKF203


class Threads(Keeping, ABC):
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self._insert("items", {"owner": context, "thread_id": thread_id, "id": item.id, "data": item.model_dump_json()})
