from typing import Any

from sqlalchemy import JSON, BigInteger, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Owned(Base):
    """Rows belong to a visitor; `seq` is the order of insertion and decides between equal instants."""

    __abstract__ = True

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    visitor_id: Mapped[str] = mapped_column(String(255), index=True)
    id: Mapped[str] = mapped_column(String(255))
    instant: Mapped[int] = mapped_column(BigInteger, default=0)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ThreadRow(Owned):
    __tablename__ = "tour_threads"
    __table_args__ = (UniqueConstraint("visitor_id", "id"),)


class ItemRow(Owned):
    __tablename__ = "tour_items"
    __table_args__ = (UniqueConstraint("visitor_id", "thread_id", "id"),)

    thread_id: Mapped[str] = mapped_column(String(255), index=True)


class AttachmentRow(Owned):
    __tablename__ = "tour_attachments"
    __table_args__ = (UniqueConstraint("visitor_id", "id"),)

    thread_id: Mapped[str | None] = mapped_column(String(255), index=True)
