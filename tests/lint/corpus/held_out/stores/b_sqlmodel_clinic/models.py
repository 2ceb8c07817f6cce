from typing import Optional

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ThreadRow(SQLModel, table=True):
    __tablename__ = "clinic_threads"

    patient_id: str = Field(primary_key=True, max_length=64)
    id: str = Field(primary_key=True, max_length=255)
    created_us: int = Field(index=True, sa_type=BigInteger)
    payload: str


class ItemRow(SQLModel, table=True):
    __tablename__ = "clinic_items"

    id: str = Field(primary_key=True, max_length=255)
    patient_id: str = Field(index=True, max_length=64)
    thread_id: str = Field(index=True, max_length=255)
    created_us: int = Field(index=True, sa_type=BigInteger)
    payload: str


class AttachmentRow(SQLModel, table=True):
    __tablename__ = "clinic_attachments"

    patient_id: str = Field(primary_key=True, max_length=64)
    id: str = Field(primary_key=True, max_length=255)
    thread_id: Optional[str] = Field(default=None, index=True)
    payload: str
