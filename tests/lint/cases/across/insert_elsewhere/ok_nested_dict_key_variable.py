from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], ThreadItem] = {}
        self.order: dict[tuple[str, str], list[str]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        key = (context, thread_id, item.id)
        if key not in self.items:
            self.order.setdefault((context, thread_id), []).append(item.id)
        self.items[key] = item.model_copy(deep=True)
