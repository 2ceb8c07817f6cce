from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], list[ThreadItem]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.delete_thread_item(thread_id, item.id, context)
        self.items.setdefault((context, thread_id), []).append(item)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: str) -> None:
        kept = [each for each in self.items.get((context, thread_id), []) if each.id != item_id]
        self.items[context, thread_id] = kept
