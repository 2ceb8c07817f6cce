import sqlite3
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
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        try:
            await self.db.execute("INSERT INTO items (owner, thread_id, id, data) VALUES (?, ?, ?, ?)", (context, thread_id, item.id, item.model_dump_json()))
        except sqlite3.IntegrityError:
            await self.save_item(thread_id, item, context)
