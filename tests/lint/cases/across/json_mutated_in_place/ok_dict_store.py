from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadMetadata
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "threads"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], ThreadMetadata] = {}

    async def rename(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        found = self.rows.get((context["user_id"], thread.id))
        if found is None:
            raise NotFoundError(f"Thread {thread.id} not found")
        found.metadata["title"] = thread.title
        found.metadata.update(thread.metadata)
