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
    def __init__(self, files: Any) -> None:
        self.files = files

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        document = await self.files.load(context, thread_id)
        kept = {each["id"]: each for each in document["items"]}
        kept[item.id] = item.model_dump(mode="json")
        document["items"] = list(kept.values())
        await self.files.save(context, thread_id, document)
