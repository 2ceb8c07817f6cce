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
    def __init__(self, engine: Any, items: Any) -> None:
        self.engine, self.items = engine, items

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        statement = self.items.insert().values(owner=context, thread_id=thread_id, id=item.id, data=item.model_dump_json())  # CKF203
        async with self.engine.begin() as conn:
            await conn.execute(statement)
