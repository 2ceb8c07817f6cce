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


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, uow: Any) -> None:
        self.uow = uow

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.uow() as uow:
            row = await uow.session.get(ThreadRow, (context["user_id"], thread_id))
            if row is not None:
                row.meta["seen"] = True  # CKF220
                await uow.commit()
