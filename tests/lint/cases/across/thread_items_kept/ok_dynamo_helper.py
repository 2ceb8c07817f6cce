from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from .pages import all_keys
from .pages import drop_all

Ctx = dict[str, Any]


class Dynamo(Store[Ctx], ABC):
    def __init__(self, table: Any) -> None:
        self.table = table

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        self.table.put_item(
            Item={
                "pk": f"{context['user']}#{thread_id}",
                "sk": f"item#{item.id}",
                "data": item.model_dump_json(),
            }
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        pk = f"{context['user']}#{thread_id}"
        self.table.delete_item(Key={"pk": pk, "sk": "thread"})
        drop_all(self.table, all_keys(self.table, pk))
