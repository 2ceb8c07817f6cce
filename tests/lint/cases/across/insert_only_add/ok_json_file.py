import asyncio
import json
from abc import ABC
from pathlib import Path

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
    def __init__(self, root: Path) -> None:
        self.root = root

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await asyncio.to_thread(self._add, context, thread_id, item)

    def _add(self, owner: str, thread_id: str, item: ThreadItem) -> None:
        path = self.root / owner / f"{thread_id}.json"
        document = json.loads(path.read_text())
        document["items"][item.id] = item.model_dump(mode="json")
        path.write_text(json.dumps(document))
