from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], ThreadItem] = {}
        self.order: dict[tuple[str, str], list[str]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        self.items[context, thread_id, item.id] = item
        self.order.setdefault((context, thread_id), []).append(item.id)  # CKF203
