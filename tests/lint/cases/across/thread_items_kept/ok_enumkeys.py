from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
import enum

Ctx = dict[str, Any]


class Kind(enum.StrEnum):
    THREAD = "t"
    ITEM = "items"


class Keyed(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.redis.hset(
            f"items:{context['user']}:{thread_id}", item.id, item.model_dump_json()
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.redis.delete(*(f"{kind}:{context['user']}:{thread_id}" for kind in Kind))
