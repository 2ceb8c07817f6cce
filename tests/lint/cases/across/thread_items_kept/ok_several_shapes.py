from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from .queries import QUERIES

Ctx = dict[str, Any]


class Cached(Store[Ctx], ABC):
    def __init__(self, pool, redis) -> None:
        self.pool = pool
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.pool.run(
            QUERIES["add"], context["user"], thread_id, item.id, item.model_dump_json()
        )
        await self.redis.set(f"{context['user']}:item:{item.id}", item.model_dump_json(), ex=60)
        await self.redis.delete(f"{context['user']}:page:{thread_id}")

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.pool.run(QUERIES["drop"], context["user"], thread_id)
        await self.redis.delete(
            f"{context['user']}:thread:{thread_id}", f"{context['user']}:page:{thread_id}"
        )
