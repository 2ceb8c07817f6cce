from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
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


def stamp(row: ThreadRow, key: str) -> None:
    row.meta[key] = "now"  # CKF220


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, maker: async_sessionmaker[AsyncSession]) -> None:
        self.maker = maker

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            row = await session.get(ThreadRow, (context["user_id"], thread_id))
            if row is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            stamp(row, "seen")
            await session.commit()
