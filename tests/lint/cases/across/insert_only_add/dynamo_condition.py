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
    def __init__(self, table: Any) -> None:
        self.table = table

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.table.put_item(  # CKF203
            Item={"pk": f"{context}#{thread_id}", "sk": item.id, "data": item.model_dump_json()},
            ConditionExpression="attribute_not_exists(pk)",
        )
