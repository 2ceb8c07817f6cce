from .partition import ClaimsContext
from .store import ClaimsStore

__all__ = ["ClaimsContext", "ClaimsStore"]
