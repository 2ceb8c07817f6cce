from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


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
    def __init__(self, session: Session) -> None:
        self.session = session

    def _touch(self, thread_id: str, owner: str) -> None:
        row = self.session.query(ThreadRow).filter_by(owner=owner, id=thread_id).one_or_none()
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        row.meta["seen"] = True  # CKF220
        self.session.commit()
