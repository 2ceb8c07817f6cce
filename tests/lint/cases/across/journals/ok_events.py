import uuid
from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem
from pydantic import TypeAdapter

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
DDL = """
CREATE TABLE events (event_id uuid PRIMARY KEY, owner text, thread_id text, item_id text, seq bigserial, body text);
"""


class S(Store[str], ABC):
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.pool.execute(
            "INSERT INTO events (event_id, owner, thread_id, item_id, body) VALUES ($1, $2, $3, $4, $5)",
            uuid.uuid4(),
            context,
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def _replay(self, thread_id: str, context: str) -> dict[str, str]:
        rows = await self.pool.fetch(
            "SELECT item_id, body FROM events WHERE owner = $1 AND thread_id = $2 ORDER BY seq",
            context,
            thread_id,
        )
        return {row["item_id"]: row["body"] for row in rows}

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
