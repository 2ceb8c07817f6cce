from .session import Caller, CallerSessions
from .store import CaseLawStore

__all__ = ["Caller", "CallerSessions", "CaseLawStore"]
