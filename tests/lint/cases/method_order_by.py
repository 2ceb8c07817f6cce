from datetime import datetime
from typing import Any

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


class Loose(SQLModel, table=True):
    id: str
    at: Any
    kind: Mapped[str]


def forms(newest: bool, models: Any) -> list[object]:
    ordering = [Row.created_at.desc(), Row.id.desc()] if newest else [Row.id.asc()]  # CKF114 CKF114 CKF114
    column = Row.created_at
    direction = column.desc() if newest else column.asc()  # CKF114 CKF114
    return [
        select(Row).order_by(*ordering),
        select(Row).order_by(direction),
        select(Row).order_by(Row.created_at.desc().nulls_last()),  # CKF114
        select(Row).order_by(desc(column), col(column).asc()),
        select(Loose).order_by(Loose.at.desc(), Loose.kind.asc()),
        select(Row).order_by(Row.__table__.c.created_at.desc()),
        models.Row.created_at.desc(),
    ]
