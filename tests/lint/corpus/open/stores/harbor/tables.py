from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "chat_thread"
    __table_args__ = (
        UniqueConstraint("owner", "public_id"),
        Index("ix_chat_thread_walk", "owner", "instant", "seq"),
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    owner: Mapped[str] = mapped_column(String(255))
    public_id: Mapped[str] = mapped_column(String(255))
    instant: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[str] = mapped_column(Text)


class ItemRow(Base):
    __tablename__ = "chat_item"
    __table_args__ = (
        UniqueConstraint("owner", "thread_id", "public_id"),
        Index("ix_chat_item_walk", "owner", "thread_id", "instant", "seq"),
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    owner: Mapped[str] = mapped_column(String(255))
    thread_id: Mapped[str] = mapped_column(String(255))
    public_id: Mapped[str] = mapped_column(String(255))
    instant: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[str] = mapped_column(Text)


class AttachmentRow(Base):
    __tablename__ = "chat_attachment"
    __table_args__ = (UniqueConstraint("owner", "public_id"),)

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    owner: Mapped[str] = mapped_column(String(255))
    public_id: Mapped[str] = mapped_column(String(255))
    thread_id: Mapped[str | None] = mapped_column(String(255))
    document: Mapped[str] = mapped_column(Text)
