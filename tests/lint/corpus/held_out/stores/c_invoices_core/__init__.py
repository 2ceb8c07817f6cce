from .store import InvoiceChatStore
from .tables import metadata

__all__ = ["InvoiceChatStore", "metadata"]
