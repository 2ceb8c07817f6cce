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


def put(rows: list[dict[str, Any]], row: dict[str, Any]) -> None:
    for n, known in enumerate(rows):
        if known["id"] == row["id"]:
            rows[n] = row
            return
    rows.append(row)


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[dict[str, Any]]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        put(self.rows.setdefault((context, thread_id), []), item.model_dump(mode="json"))
