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
    rows.append(row)


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def _rows(self, owner: str, thread_id: str) -> list[dict[str, Any]]:
        return self.rows.setdefault((owner, thread_id), [])

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        self._rows(context, thread_id).append(item.model_dump(mode="json"))  # CKF203
