"""Threads and items in PostgreSQL (hosted by Supabase)."""

from typing import Any

from chatkit.store import NotFoundError
from chatkit.stores import PaginatedResult  # CKF103
from chatkit.types import Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from .base import AppContext, AsyncpgBase

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)

# threads: PRIMARY KEY (id); items: PRIMARY KEY (owner, thread_id, id)


class SupabaseStore(AsyncpgBase):  # CKF101
    async def load_thread(self, thread_id: str, context: AppContext) -> ThreadMetadata:
        body = await self.ready().fetchval(
            "SELECT body FROM threads WHERE id = $1 AND owner = $2",
            thread_id,
            self.owner(context),
        )
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: AppContext) -> None:
        await self.ready().execute(  # CKF202
            """
            INSERT INTO threads (id, owner, at, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET owner = $2, at = $3, body = $4
            """,
            thread.id,
            self.owner(context),
            self.micros(thread.created_at),
            thread.model_dump_json(exclude={"items"}),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: AppContext
    ) -> Page[ThreadMetadata]:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        size = min(limit, 200)
        way, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        owner = self.owner(context)
        async with self.ready().acquire() as conn:
            cursor = None
            if after:
                cursor = await conn.fetchrow(
                    "SELECT at, seq FROM threads WHERE owner = $1 AND id = $2", owner, after
                )
            if cursor:  # CKF214
                rows = await conn.fetch(
                    f"SELECT id, body FROM threads WHERE owner = $1 AND (at, seq) {sign} ($2, $3)"
                    f" ORDER BY at {way}, seq {way} LIMIT $4",
                    owner,
                    cursor["at"],
                    cursor["seq"],
                    size + 1,
                )
            else:
                rows = await conn.fetch(
                    f"SELECT id, body FROM threads WHERE owner = $1"
                    f" ORDER BY at {way}, seq {way} LIMIT $2",
                    owner,
                    size + 1,
                )
        has_more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def delete_thread(self, thread_id: str, context: AppContext) -> None:
        owner = self.owner(context)
        async with self.ready().acquire() as conn, conn.transaction():
            await conn.execute(
                "DELETE FROM items WHERE owner = $1 AND thread_id = $2", owner, thread_id
            )
            await conn.execute(
                "DELETE FROM attachments WHERE owner = $1 AND thread_id = $2", owner, thread_id
            )
            await conn.execute("DELETE FROM threads WHERE owner = $1 AND id = $2", owner, thread_id)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: AppContext
    ) -> Page[ThreadItem]:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        size = min(limit, 200)
        params: list[str] = [self.owner(context), thread_id]
        way, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        where = "owner = $1 AND thread_id = $2"
        if after:
            known = await self.ready().fetchval(
                "SELECT 1 FROM items WHERE owner = $1 AND thread_id = $2 AND id = $3",
                *params,
                after,
            )
            if known is None:
                raise NotFoundError(f"Item {after} not found")
            params.append(after)
            where += (  # CKF210
                f" AND at {sign} (SELECT at FROM items"
                " WHERE owner = $1 AND thread_id = $2 AND id = $3)"
            )
        params.append(size + 1)  # CKF115
        rows = await self.ready().fetch(
            f"SELECT id, body FROM items WHERE {where} ORDER BY at {way} LIMIT ${len(params)}",
            *params,
        )
        has_more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[ITEM.validate_json(row["body"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["id"] if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: AppContext
    ) -> None:
        await self.load_thread(thread_id, context)
        await self.ready().execute(  # CKF203
            "INSERT INTO items (owner, thread_id, id, at, body) VALUES ($1, $2, $3, $4, $5)",
            self.owner(context),
            thread_id,
            item.id,
            self.micros(item.created_at),
            item.model_dump_json(),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: AppContext) -> None:
        await self.load_thread(thread_id, context)
        await self.ready().execute(
            "INSERT INTO items (owner, thread_id, id, at, body) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET at = $4, body = $5",
            self.owner(context),
            thread_id,
            item.id,
            self.micros(item.created_at),
            item.model_dump_json(),
        )

    async def load_item(self, thread_id: str, item_id: str, context: AppContext) -> ThreadItem:
        body = await self.ready().fetchval(
            "SELECT body FROM items WHERE owner = $1 AND thread_id = $2 AND id = $3",
            self.owner(context),
            thread_id,
            item_id,
        )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: AppContext
    ) -> None:
        await self.ready().execute(
            "DELETE FROM items WHERE owner = $1 AND thread_id = $2 AND id = $3",
            self.owner(context),
            thread_id,
            item_id,
        )

    async def search(self, text: str, context: AppContext) -> PaginatedResult:
        """Find threads of this user whose title holds a text."""
        rows: list[Any] = await self.ready().fetch(
            f"SELECT id, body FROM threads WHERE owner = $1 AND body ILIKE '%{text}%'",  # CKF217
            self.owner(context),
        )
        return PaginatedResult(rows)
