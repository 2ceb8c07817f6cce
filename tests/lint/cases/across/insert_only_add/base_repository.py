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


class Repository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def create(self, table: str, **values: Any) -> None:
        columns = ", ".join(values)
        marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await self.pool.execute(f"INSERT INTO items ({columns}) VALUES ({marks})", *values.values())  # CKF203


class Threads(Store[str], ABC):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.repository = Repository(pool)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.repository.create("items", owner=context, thread_id=thread_id, id=item.id, data=item.model_dump_json())
