from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadMetadata

Ctx = dict[str, Any]


class S(Store[Ctx], ABC):
    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        document = await self.threads.read_item(item=thread_id, partition_key=thread_id)
        if document["owner"] != context["user"]:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(document["json"])

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        body = thread.model_dump_json()
        document = {"id": thread.id, "owner": context["user"], "json": body}
        await self.threads.upsert_item(document)  # CKF202
