from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem
from pydantic import TypeAdapter

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class S(Store[str], ABC):
    """Versions, latest by DISTINCT ON."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.pool.execute(
            "INSERT INTO item_versions (owner, thread_id, id, version, body) VALUES ($1, $2, $3, nextval('versions'), $4)",
            context,
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def _replay(self, thread_id: str, context: str) -> dict[str, str]:
        rows = await self.pool.fetch(
            "SELECT DISTINCT ON (id) id, body FROM item_versions WHERE owner = $1 AND thread_id = $2 ORDER BY id, version DESC",
            context,
            thread_id,
        )
        return {row["id"]: row["body"] for row in rows}

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


DDL = "CREATE TABLE item_versions (owner text, thread_id text, id text, version bigint, body text, PRIMARY KEY (owner, id, version))"
