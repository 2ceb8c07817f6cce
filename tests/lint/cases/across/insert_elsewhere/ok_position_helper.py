from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], list[ThreadItem]] = {}

    def _position(self, items: list[ThreadItem], item_id: str) -> int | None:
        return next((n for n, each in enumerate(items) if each.id == item_id), None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        items = self.items.setdefault((context, thread_id), [])
        place = self._position(items, item.id)
        if place is None:
            items.append(item)
        else:
            items[place] = item
