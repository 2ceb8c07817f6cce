from .store import DispatchContext, DispatchStore

__all__ = ["DispatchContext", "DispatchStore"]
