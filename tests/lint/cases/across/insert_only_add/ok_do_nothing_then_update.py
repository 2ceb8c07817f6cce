from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as pg_insert
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
    def __init__(self, maker: Any) -> None:
        self.maker = maker

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        async with self.maker.begin() as session:
            await session.execute(pg_insert(ItemRow).values(owner=context, thread_id=thread_id, id=item.id, data="").on_conflict_do_nothing())
            await session.execute(
                update(ItemRow)
                .where(ItemRow.owner == context, ItemRow.thread_id == thread_id, ItemRow.id == item.id)
                .values(data=item.model_dump_json())
            )
