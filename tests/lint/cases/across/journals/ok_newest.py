from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem
from pydantic import TypeAdapter

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class S(Store[str], ABC):
    """Only the newest row of each id is read."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.pool.execute(
            "INSERT INTO revisions (owner, thread_id, id, body) VALUES ($1, $2, $3, $4)",
            context,
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        way, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        mark = None
        if after is not None:
            mark = await self.pool.fetchval(
                "SELECT MIN(seq) FROM revisions WHERE owner = $1 AND thread_id = $2 AND id = $3",
                context,
                thread_id,
                after,
            )
            if mark is None:
                raise NotFoundError(f"{after} not found")
        rows = await self.pool.fetch(
            f"SELECT id, body FROM (SELECT id, body, MIN(seq) OVER (PARTITION BY id) AS place, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq DESC) AS nth FROM revisions WHERE owner = $1 AND thread_id = $2) r WHERE nth = 1 AND ($3::bigint IS NULL OR place {sign} $3) ORDER BY place {way} LIMIT $4",
            context,
            thread_id,
            mark,
            limit + 1,
        )
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1]["id"] if more else None,
        )
