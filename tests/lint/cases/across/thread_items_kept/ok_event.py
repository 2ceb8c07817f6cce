from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Events(Store[Ctx], ABC):
    def __init__(self, bus: Any) -> None:
        self.bus = bus
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.items: dict[tuple[str, str, str], ThreadItem] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        self.items[context["user"], thread_id, item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self.threads.pop((context["user"], thread_id), None)
        await self.bus.publish("thread.deleted", owner=context["user"], thread_id=thread_id)
