from abc import ABC
from typing import Any

from chatkit.store import Store
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


class Mutations:
    maker: Any

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            row = await session.get(ThreadRow, (context["user_id"], thread_id))
            row.meta["seen"] = True  # CKF220
            await session.commit()


class Threads(Mutations, Store[dict[str, Any]], ABC):
    pass
