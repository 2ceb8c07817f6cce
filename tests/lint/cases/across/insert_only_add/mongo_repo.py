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


class ItemRepository:
    def __init__(self, db: Any) -> None:
        self.items = db["items"]

    async def insert(self, document: dict[str, Any]) -> None:
        await self.items.insert_one(document)  # CKF203


class Threads(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.items = ItemRepository(db)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.items.insert({"owner": context, "thread_id": thread_id, "id": item.id, "item": item.model_dump_json()})
