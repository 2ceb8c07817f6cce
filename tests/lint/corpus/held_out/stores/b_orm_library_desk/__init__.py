from .store import LibraryDeskStore, Patron

__all__ = ["LibraryDeskStore", "Patron"]
