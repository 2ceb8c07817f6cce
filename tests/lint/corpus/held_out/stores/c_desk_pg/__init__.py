"""Persistence of the customer desk's assistant conversations (Postgres, row level security)."""

from .pool import DeskPool
from .store import DeskStore

__all__ = ["DeskPool", "DeskStore"]
