"""Rows. The unique constraints begin with the owner: ids are only unique within one."""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel


class ThreadRow(SQLModel, table=True):
    __tablename__ = "chat_thread"
    __table_args__ = (UniqueConstraint("owner", "id"),)

    seq: int | None = Field(default=None, primary_key=True)
    owner: str = Field(index=True, max_length=255)
    id: str = Field(max_length=255)
    at: int = Field(sa_type=BigInteger)
    body: str


class ItemRow(SQLModel, table=True):
    __tablename__ = "chat_item"
    __table_args__ = (UniqueConstraint("owner", "thread_id", "id"),)

    seq: int | None = Field(default=None, primary_key=True)
    owner: str = Field(index=True, max_length=255)
    thread_id: str = Field(index=True, max_length=255)
    id: str = Field(max_length=255)
    at: int = Field(sa_type=BigInteger)
    body: str


class AttachmentRow(SQLModel, table=True):
    __tablename__ = "chat_attachment"
    __table_args__ = (UniqueConstraint("owner", "id"),)

    seq: int | None = Field(default=None, primary_key=True)
    owner: str = Field(index=True, max_length=255)
    id: str = Field(max_length=255)
    thread_id: str | None = Field(default=None, max_length=255)
    body: str
