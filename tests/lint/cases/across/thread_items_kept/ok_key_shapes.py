from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata

Ctx = dict[str, Any]


class Keyed(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    def _everything(self, owner: str, thread_id: str) -> list[str]:
        return [f"{kind}:{owner}:{thread_id}" for kind in KINDS.values()]

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.redis.hset(
            f"items:{context['user']}:{thread_id}", item.id, item.model_dump_json()
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.redis.delete(*self._everything(context["user"], thread_id))


KINDS = {"t": "threads", "i": "things"}
