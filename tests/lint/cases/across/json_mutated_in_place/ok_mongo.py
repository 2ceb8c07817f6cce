from abc import ABC
from typing import Any

from chatkit.store import Store
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
    def __init__(self, db: Any) -> None:
        self.db = db

    async def rename(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        document = await self.db.threads.find_one({"owner": context["user_id"], "_id": thread.id})
        document["data"]["title"] = thread.title
        await self.db.threads.replace_one({"owner": context["user_id"], "_id": thread.id}, document)
