from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Pairs(Store[Ctx], ABC):
    PLACES = ("threads", "items")

    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.items: dict[tuple[str, str], dict[str, ThreadItem]] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        self.items.setdefault((context["user"], thread_id), {})[item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        [getattr(self, place).pop((context["user"], thread_id), None) for place in self.PLACES]
