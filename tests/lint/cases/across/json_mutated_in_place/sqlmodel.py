from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from sqlalchemy import JSON, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlmodel import Column, Field, SQLModel


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "threads"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)


class Conversation(SQLModel, table=True):
    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    stats: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def count(self, thread_id: str, context: dict[str, Any]) -> None:
        async with AsyncSession(self.engine) as s:
            found = (await s.exec(select(Conversation).where(Conversation.owner == context["user_id"], Conversation.id == thread_id))).first()
            if not found:
                raise NotFoundError(f"Thread {thread_id} not found")
            found.stats["count"] = found.stats.get("count", 0) + 1  # CKF220
            s.add(found)
            await s.commit()
