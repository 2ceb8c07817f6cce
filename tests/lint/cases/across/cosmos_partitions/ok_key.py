from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadMetadata

Ctx = dict[str, Any]


class S(Store[Ctx], ABC):
    """The partition is made of the owner and the thread, and has a name before it is used."""

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        key = f"{context['user']}:{thread_id}"
        document = await self.threads.read_item(item=thread_id, partition_key=key)
        return ThreadMetadata.model_validate_json(document["json"])

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        scope = f"{context['user']}:{thread.id}"
        document = {"id": thread.id, "scope": scope, "json": thread.model_dump_json()}
        await self.threads.upsert_item(document)
