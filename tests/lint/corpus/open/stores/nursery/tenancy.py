"""A session that belongs to one grower: every SELECT, UPDATE and DELETE is narrowed to their rows, every new row is stamped."""
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from .tables import Owned


@dataclass(frozen=True, slots=True)
class GrowerContext:
    grower: str


class GrowerSession(Session):
    @classmethod
    def of(cls, engine: Engine, context: GrowerContext) -> "GrowerSession":
        if not context.grower:
            raise PermissionError("no grower in the request")
        return cls(engine, info={"grower": context.grower})


@event.listens_for(GrowerSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    if state.is_select or state.is_update or state.is_delete:
        grower = state.session.info["grower"]
        state.statement = state.statement.options(
            with_loader_criteria(Owned, lambda cls: cls.grower == grower, include_aliases=True)
        )


@event.listens_for(GrowerSession, "before_flush")
def _stamp(session: Session, flush_context: Any, instances: Any) -> None:
    for row in session.new:
        if isinstance(row, Owned):
            row.grower = session.info["grower"]
