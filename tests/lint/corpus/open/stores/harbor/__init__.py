"""A ChatKit store over SQLAlchemy's ORM, for applications that are synchronous inside."""

from .store import HarborStore

__all__ = ["HarborStore"]
