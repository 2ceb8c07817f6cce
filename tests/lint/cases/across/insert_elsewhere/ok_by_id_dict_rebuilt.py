from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem


class Threads(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], list[ThreadItem]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        kept = {each.id: each for each in self.items.get((context, thread_id), [])} | {item.id: item}
        self.items[context, thread_id] = list(kept.values())
