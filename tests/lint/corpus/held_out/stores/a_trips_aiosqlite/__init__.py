from .rows import TripContext, create_tables
from .store import TripStore

__all__ = ["TripContext", "TripStore", "create_tables"]
