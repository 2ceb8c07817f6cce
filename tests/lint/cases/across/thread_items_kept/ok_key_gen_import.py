from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from .keys import every_key, key_for

Ctx = dict[str, Any]


class Keyed(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.redis.hset(
            key_for("items", context["user"], thread_id), item.id, item.model_dump_json()
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.redis.delete(*every_key(context["user"], thread_id))
