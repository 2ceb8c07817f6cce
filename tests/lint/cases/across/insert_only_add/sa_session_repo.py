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


class Items:
    def __init__(self, session: Any) -> None:
        self.session = session

    async def create(self, row: ItemRow) -> None:
        self.session.add(row)  # CKF203
        await self.session.flush()


class Threads(Store[str], ABC):
    def __init__(self, session: Any) -> None:
        self.items = Items(session)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.items.create(ItemRow(owner=context, thread_id=thread_id, id=item.id, data=item.model_dump_json()))
