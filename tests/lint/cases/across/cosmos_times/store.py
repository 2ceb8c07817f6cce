from abc import ABC
from datetime import UTC, datetime
from typing import Any

from azure.cosmos.aio import ContainerProxy
from chatkit.store import Store
from chatkit.types import ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class Rewrites(Store[str], ABC):
    """The database's own time is that of the last write."""

    def __init__(self, items: ContainerProxy) -> None:
        self.items = items

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        document = await self.items.read_item(item=item_id, partition_key=[context, thread_id])
        item = ITEM.validate_json(document["json"])
        item.created_at = datetime.fromtimestamp(document["_ts"], tz=UTC)  # CKF209
        return item


class Keeps(Rewrites, ABC):
    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        document = await self.items.read_item(item=item_id, partition_key=[context, thread_id])
        item = ITEM.validate_json(document["json"])
        item.created_at = datetime.fromisoformat(document["created_at"])
        self.seen = document["_ts"]
        return item

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        document: dict[str, Any] = await self.items.read_item(
            item=thread_id, partition_key=[context, thread_id]
        )
        return ThreadMetadata.model_validate_json(document["json"])
