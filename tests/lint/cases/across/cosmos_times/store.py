from abc import ABC
from dataclasses import dataclass
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

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.items.upsert_item({
            "id": item.id,
            "owner": context,
            "thread": thread_id,
            "json": item.model_dump_json(),
        })


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


@dataclass
class Entry:
    version: str
    created_at: int


class Notes(Rewrites, ABC):
    """What is kept beside it is no object of ChatKit."""

    seen: dict[str, Entry]

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        document = await self.items.read_item(item=item_id, partition_key=[context, thread_id])
        self.seen[item_id] = Entry(version=document["_etag"], created_at=document["_ts"])
        return ITEM.validate_json(document["json"])


class FallsBack(Rewrites, ABC):
    """Only documents of old have no time of their own."""

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        document = await self.items.read_item(item=item_id, partition_key=[context, thread_id])
        item = ITEM.validate_json(document["json"])
        item.created_at = datetime.fromtimestamp(document.get("at", document["_ts"]), tz=UTC)
        return item if "at" in document else await self._older(document)

    async def _older(self, document: dict[str, Any]) -> ThreadItem:
        item = ITEM.validate_json(document["json"])
        item.created_at = (
            datetime.fromisoformat(document["made"])
            if "made" in document
            else datetime.fromtimestamp(document["_ts"], tz=UTC)
        )
        if item.created_at is None:
            item.created_at = datetime.fromtimestamp(document["_ts"], tz=UTC)
        return item


class Once(Store[str], ABC):
    """What is never written again keeps the time at which it was made."""

    def __init__(self, items: ContainerProxy) -> None:
        self.items = items

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        document = await self.items.read_item(item=item_id, partition_key=[context, thread_id])
        item = ITEM.validate_json(document["json"])
        item.created_at = datetime.fromtimestamp(document["_ts"], tz=UTC)
        return item

    async def make_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.items.create_item({
            "id": item.id,
            "owner": context,
            "thread": thread_id,
            "json": item.model_dump_json(),
        })
