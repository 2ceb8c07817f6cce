import json
from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem
from pydantic import TypeAdapter

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class S(Store[str], ABC):
    """A redis list of events."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.redis.rpush(
            f"log:{context}:{thread_id}",
            json.dumps({"kind": "saved", "id": item.id, "body": item.model_dump_json()}),
        )

    async def _replay(self, thread_id: str, context: str) -> dict[str, str]:
        living: dict[str, str] = {}
        for raw in await self.redis.lrange(f"log:{context}:{thread_id}", 0, -1):
            event = json.loads(raw)
            living[event["id"]] = event["body"]
        return living

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        found = await self._replay(thread_id, context)
        ids = list(found) if order == "asc" else list(found)[::-1]
        if after is not None and after not in ids:
            raise NotFoundError(f"{after} not found")
        start = ids.index(after) + 1 if after is not None else 0
        page = ids[start : start + limit]
        more = start + limit < len(ids)
        return Page[ThreadItem](
            data=[ITEM.validate_json(found[each]) for each in page],
            has_more=more,
            after=page[-1] if more else None,
        )
