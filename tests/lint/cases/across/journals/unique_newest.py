from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem
from pydantic import TypeAdapter

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class S(Store[str], ABC):
    """The newest of all is asked for, and only one row of an id can be there."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.pool.execute(  # CKF203
            "INSERT INTO items (owner, thread_id, id, body) VALUES ($1, $2, $3, $4)",
            context,
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        way, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        last = await self.pool.fetchval(
            "SELECT max(seq) FROM items WHERE owner = $1 AND thread_id = $2", context, thread_id
        )
        mark = None
        if after is not None:
            mark = await self.pool.fetchval(
                "SELECT seq FROM items WHERE owner = $1 AND thread_id = $2 AND id = $3",
                context,
                thread_id,
                after,
            )
            if mark is None:
                raise NotFoundError(f"{after} not found")
        rows = await self.pool.fetch(
            f"SELECT id, body FROM items WHERE owner = $1 AND thread_id = $2 AND seq <= $3 AND ($4::bigint IS NULL OR seq {sign} $4) ORDER BY seq {way} LIMIT $5",
            context,
            thread_id,
            last,
            mark,
            limit + 1,
        )
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1]["id"] if more else None,
        )


DDL = "CREATE TABLE items (owner text, thread_id text, id text, seq bigserial, body text, PRIMARY KEY (owner, id))"
