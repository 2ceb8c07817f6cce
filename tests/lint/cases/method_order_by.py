from datetime import datetime

from chatkit.types import ThreadMetadata
from sqlalchemy.orm import DeclarativeBase, Mapped
from sqlmodel import SQLModel, col, desc, select


class Row(SQLModel, table=True):
    id: str
    created_at: datetime


class Sub(Row, table=True):
    extra: str


class Base(DeclarativeBase):
    pass


class Classic(Base):
    created_at: Mapped[datetime]


QUERIES = [
    select(Row).order_by(Row.created_at.asc()),  # CKF114
    select(Row).order_by(
        Row.created_at.desc(),  # CKF114
        Row.id.desc(),  # CKF114
    ),
    select(Sub).order_by(Sub.created_at.desc()),  # CKF114
    select(Row).order_by(desc(Row.created_at), col(Row.id).asc()),
    select(Classic).order_by(Classic.created_at.desc()),
    select(Row).where(Row.id == "x"),
]
KEPT = ThreadMetadata
