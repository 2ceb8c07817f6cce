from abc import ABC
from typing import Any

from chatkit.store import Store
from sqlalchemy import JSON
from sqlalchemy.ext.asyncio import AsyncSession
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


class ThreadRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, owner: str, thread_id: str) -> ThreadRow | None:
        return await self.session.get(ThreadRow, (owner, thread_id))

    async def mark(self, owner: str, thread_id: str) -> None:
        row = await self.find(owner, thread_id)
        if row is None:
            return
        row.meta["read"] = True  # CKF220
        await self.session.commit()


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, repository: ThreadRepository) -> None:
        self.repository = repository

    async def mark(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.repository.mark(context["user_id"], thread_id)
