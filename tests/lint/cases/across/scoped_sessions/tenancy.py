from contextvars import ContextVar
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, with_loader_criteria

tenant: ContextVar[str] = ContextVar("tenant")


class Base(DeclarativeBase):
    pass


class Owned:
    owner: Mapped[str] = mapped_column(primary_key=True)


class Box(Owned, Base):
    __tablename__ = "boxes"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int]
    body: Mapped[str]


@event.listens_for(Session, "do_orm_execute")
def narrow(state: Any) -> None:
    state.statement = state.statement.options(with_loader_criteria(Owned, lambda cls: cls.owner == tenant.get()))
