"""Chat persistence of the claims desk: SQLAlchemy ORM behind a unit of work."""

from .store import ClaimsChatStore
from .unit_of_work import Principal, UnitOfWork, UnitOfWorkFactory

__all__ = ["ClaimsChatStore", "Principal", "UnitOfWork", "UnitOfWorkFactory"]
