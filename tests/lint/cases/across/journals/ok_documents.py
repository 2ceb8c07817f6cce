import uuid
from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem
from pydantic import TypeAdapter

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class S(Store[str], ABC):
    """Events of documents."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.events.insert_one(
            {
                "_id": uuid.uuid4().hex,
                "owner": context,
                "thread": thread_id,
                "kind": "saved",
                "item": item.id,
                "body": item.model_dump_json(),
            }
        )

    async def _replay(self, thread_id: str, context: str) -> dict[str, str]:
        living: dict[str, str] = {}
        async for event in self.events.find({"owner": context, "thread": thread_id}).sort(
            "_seq", 1
        ):
            if event["kind"] == "saved":
                living[event["item"]] = event["body"]
            else:
                living.pop(event["item"], None)
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
