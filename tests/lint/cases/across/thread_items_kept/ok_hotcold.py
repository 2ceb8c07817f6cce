from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from .sweeping import sweep

Ctx = dict[str, Any]


class Tiers(Store[Ctx], ABC):
    def __init__(self, cold) -> None:
        self.hot: dict[tuple[str, str], ThreadMetadata] = {}
        self.hot_items: dict[tuple[str, str, str], ThreadItem] = {}
        self.cold = cold

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        self.hot_items[context["user"], thread_id, item.id] = item
        await self.cold.write(context["user"], thread_id, item)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self.hot.pop((context["user"], thread_id), None)
        self._evict(lambda key: key[:2] == (context["user"], thread_id))
        await self.cold.erase(context["user"], thread_id)

    def _evict(self, gone: Any) -> None:
        sweep(vars(self), gone)
