from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], ThreadItem] = {}
        self.order: dict[tuple[str, str], list[str]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        order = self.order.setdefault((context, thread_id), [])
        if (context, thread_id, item.id) in self.items:
            order.remove(item.id)
        self.items[context, thread_id, item.id] = item
        order.append(item.id)
