from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from .wiping import wipe

Ctx = dict[str, Any]


class Piped(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        pipe = self.redis.pipeline()
        pipe.hset(f"{context['user']}:items:{thread_id}", item.id, item.model_dump_json())
        await pipe.execute()

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        pipe = self.redis.pipeline()
        pipe.delete(f"{context['user']}:threads:{thread_id}")
        wipe(pipe, context["user"], thread_id)
        await pipe.execute()
