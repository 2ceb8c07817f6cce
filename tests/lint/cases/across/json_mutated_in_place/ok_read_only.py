from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadMetadata
from sqlalchemy import JSON
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
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
    def __init__(self, maker: async_sessionmaker[AsyncSession]) -> None:
        self.maker = maker

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        async with self.maker() as db:
            row = await db.get(ThreadRow, (context["user_id"], thread_id))
            if row is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            data = row.meta
            metadata = data["metadata"]
            found: dict[str, Any] = {}
            found.update(metadata)
            found["title"] = row.title
            return ThreadMetadata.model_validate({**data, "metadata": found})
