from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from .tree import drop_tree

Ctx = dict[str, Any]


class Docs(Store[Ctx], ABC):
    def __init__(self, client: Any) -> None:
        self.client = client

    def _thread(self, context: Ctx, thread_id: str) -> Any:
        return (
            self.client.collection("users")
            .document(context["user"])
            .collection("threads")
            .document(thread_id)
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await (
            self._thread(context, thread_id)
            .collection("items")
            .document(item.id)
            .set(item.model_dump())
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        ref = self._thread(context, thread_id)
        await drop_tree(ref)
        await ref.delete()
