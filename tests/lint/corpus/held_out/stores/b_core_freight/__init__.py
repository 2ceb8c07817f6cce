from .store import Dispatcher, FreightStore

__all__ = ["Dispatcher", "FreightStore"]
