from abc import ABC
from dataclasses import dataclass, field
from typing import Any

from chatkit.store import NotFoundError, Store
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




@dataclass
class State:
    thread: Any
    items: list[ThreadItem] = field(default_factory=list)


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.states: dict[tuple[str, str], State] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        state = self.states.get((context, thread_id))
        if state is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        state.items.append(item)  # CKF203
