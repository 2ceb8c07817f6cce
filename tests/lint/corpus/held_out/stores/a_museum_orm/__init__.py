from .store import GalleryStore
from .unit import Visitor

__all__ = ["GalleryStore", "Visitor"]
