import asyncio
import json
from abc import ABC
from pathlib import Path
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
    def __init__(self, root: Path) -> None:
        self.root = root

    def _read(self, owner: str, thread_id: str) -> dict[str, Any]:
        return json.loads((self.root / owner / f"{thread_id}.json").read_text())

    def _write(self, owner: str, thread_id: str, document: dict[str, Any]) -> None:
        (self.root / owner / f"{thread_id}.json").write_text(json.dumps(document))

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        document = await asyncio.to_thread(self._read, context, thread_id)
        document["items"].append(item.model_dump(mode="json"))  # CKF203
        await asyncio.to_thread(self._write, context, thread_id, document)
