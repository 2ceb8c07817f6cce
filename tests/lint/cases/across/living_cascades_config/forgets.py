from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem

Ctx = dict[str, Any]


class Forgets(Store[Ctx], ABC):
    """What a database does on its own does nothing for a dictionary."""

    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], Any] = {}
        self.items: dict[tuple[str, str, str], ThreadItem] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        self.items[context["user"], thread_id, item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self.threads.pop((context["user"], thread_id), None)  # CKF218
