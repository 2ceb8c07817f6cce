from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "dispatch_threads"

    seq: Mapped[int] = mapped_column(primary_key=True)
    haulier_id: Mapped[str] = mapped_column(String(64), index=True)
    id: Mapped[str] = mapped_column(String(64), index=True)
    opened: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class ItemRow(Base):
    __tablename__ = "dispatch_items"

    seq: Mapped[int] = mapped_column(primary_key=True)
    haulier_id: Mapped[str] = mapped_column(String(64), index=True)
    thread_id: Mapped[str] = mapped_column(String(64), index=True)
    id: Mapped[str] = mapped_column(String(64), index=True)
    sent: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class AttachmentRow(Base):
    __tablename__ = "dispatch_attachments"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    haulier_id: Mapped[str] = mapped_column(String(64), index=True)
    thread_id: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
