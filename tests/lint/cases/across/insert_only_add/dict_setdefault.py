from abc import ABC

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
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, ThreadItem]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        self.items.setdefault((context, thread_id), {}).setdefault(item.id, item)  # CKF203
