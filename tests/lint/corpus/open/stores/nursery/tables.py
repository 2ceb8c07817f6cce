"""Mapped classes. Everything a grower owns derives from ``Owned``; ``THREAD_KEY`` names the column that holds the thread's id."""
from typing import ClassVar

from sqlalchemy import BigInteger, Identity, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Owned:
    THREAD_KEY: ClassVar[str]

    grower: Mapped[str] = mapped_column(String(255), primary_key=True)


class Bed(Owned, Base):
    __tablename__ = "beds"
    THREAD_KEY = "id"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    created_us: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    payload: Mapped[str] = mapped_column(Text)


class Reading(Owned, Base):
    __tablename__ = "readings"
    __table_args__ = (Index("ix_reading_place", "grower", "bed_id", "created_us", "seq"),)
    THREAD_KEY = "bed_id"

    bed_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    created_us: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    payload: Mapped[str] = mapped_column(Text)


class Photo(Owned, Base):
    __tablename__ = "photos"
    THREAD_KEY = "bed_id"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    bed_id: Mapped[str | None] = mapped_column(String(255))
    payload: Mapped[str] = mapped_column(Text)
