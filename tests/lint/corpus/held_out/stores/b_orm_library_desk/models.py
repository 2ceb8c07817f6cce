from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Placed:
    """Columns of everything that is listed in time order."""

    row_no: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    card_number: Mapped[str] = mapped_column(String(64))
    public_id: Mapped[str] = mapped_column(String(255))
    micros: Mapped[int] = mapped_column(BigInteger)


class Conversation(Placed, Base):
    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("card_number", "public_id"),)

    created_at_text: Mapped[str] = mapped_column(String(40))
    title: Mapped[str | None] = mapped_column(Text)
    status: Mapped[dict[str, Any]] = mapped_column(JSON)
    image_domains: Mapped[list[str] | None] = mapped_column(JSON)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON)


class Entry(Placed, Base):
    __tablename__ = "conversation_entries"
    __table_args__ = (UniqueConstraint("card_number", "conversation_id", "public_id"),)

    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    body: Mapped[str] = mapped_column(Text)


class Upload(Base):
    __tablename__ = "uploads"

    card_number: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(String(255), index=True)
    body: Mapped[str] = mapped_column(Text)
