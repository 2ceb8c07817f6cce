from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Hooked(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.on_delete: list[Any] = [self._forget]
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.items: dict[tuple[str, str, str], ThreadItem] = {}

    def _forget(self, owner: str, thread_id: str) -> None:
        for key in [k for k in self.items if k[:2] == (owner, thread_id)]:
            del self.items[key]

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        self.items[context["user"], thread_id, item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self.threads.pop((context["user"], thread_id), None)
        for hook in self.on_delete:
            hook(context["user"], thread_id)
