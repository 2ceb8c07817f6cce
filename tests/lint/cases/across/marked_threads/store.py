from abc import ABC
from functools import wraps
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import delete
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CREATED = """
CREATE TABLE talks (owner text, id text, body text, gone timestamptz, PRIMARY KEY (owner, id));
CREATE TABLE remark (
    owner text, chat text, id text, seq bigserial, body text, PRIMARY KEY (owner, chat, id));
"""
ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class Marked(Store[str], ABC):
    """Whoever knows the id of a chat reads on in it after it was deleted."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        body = await self.pool.fetchval(
            "SELECT body FROM talks WHERE owner = $1 AND id = $2 AND gone IS NULL", context, thread_id
        )
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def _mark(self, thread_id: str, item_id: str, context: str) -> int:
        seq = await self.pool.fetchval(
            "SELECT seq FROM remark WHERE owner = $1 AND chat = $2 AND id = $3",
            context,
            thread_id,
            item_id,
        )
        if seq is None:
            raise NotFoundError(f"Item {item_id} not found")
        return seq

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        mark = await self._mark(thread_id, after, context) if after is not None else None
        rising = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq > $3) ORDER BY seq ASC LIMIT $4"
        falling = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq < $3) ORDER BY seq DESC LIMIT $4"
        rows = await self.pool.fetch(
            rising if order == "asc" else falling, context, thread_id, mark, limit + 1
        )
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1]["id"] if more else None,
        )

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        body = await self.pool.fetchval(
            "SELECT body FROM remark WHERE owner = $1 AND chat = $2 AND id = $3",
            context,
            thread_id,
            item_id,
        )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.load_thread(thread_id, context)
        await self.pool.execute(
            "INSERT INTO remark (owner, chat, id, body) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (owner, chat, id) DO UPDATE SET body = EXCLUDED.body",
            context,
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:  # CKF218
        await self.pool.execute(
            "UPDATE talks SET gone = now() WHERE owner = $1 AND id = $2", context, thread_id
        )


class Minded(Marked, ABC):
    """The items are read of a thread that is there."""

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        await self.load_thread(thread_id, context)
        mark = await self._mark(thread_id, after, context) if after is not None else None
        rising = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq > $3) ORDER BY seq ASC LIMIT $4"
        falling = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq < $3) ORDER BY seq DESC LIMIT $4"
        rows = await self.pool.fetch(
            rising if order == "asc" else falling, context, thread_id, mark, limit + 1
        )
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1]["id"] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.pool.execute(
            "UPDATE talks SET gone = now() WHERE owner = $1 AND id = $2", context, thread_id
        )


class BothMarked(Marked, ABC):
    """The items go with it."""

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.pool.execute(
            "UPDATE talks SET gone = now() WHERE owner = $1 AND id = $2", context, thread_id
        )
        await self.pool.execute(
            "DELETE FROM remark WHERE owner = $1 AND chat = $2", context, thread_id
        )


def guarded(method: Any) -> Any:
    @wraps(method)
    async def run(self: Any, thread_id: str, *rest: Any) -> Any:
        await self.load_thread(thread_id, rest[-1])
        return await method(self, thread_id, *rest)

    return run


class Guarded(Marked, ABC):
    """A decorator minds the mark."""

    @guarded
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        mark = await self._mark(thread_id, after, context) if after is not None else None
        rising = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq > $3) ORDER BY seq ASC LIMIT $4"
        falling = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq < $3) ORDER BY seq DESC LIMIT $4"
        rows = await self.pool.fetch(
            rising if order == "asc" else falling, context, thread_id, mark, limit + 1
        )
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1]["id"] if more else None,
        )

    @guarded
    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        body = await self.pool.fetchval(
            "SELECT body FROM remark WHERE owner = $1 AND chat = $2 AND id = $3",
            context,
            thread_id,
            item_id,
        )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.pool.execute(
            "UPDATE talks SET gone = now() WHERE owner = $1 AND id = $2", context, thread_id
        )


class Checked(Marked, ABC):
    """A callable may mind the mark."""

    def __init__(self, pool: Any, check: Any) -> None:
        super().__init__(pool)
        self.check = check

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        await self.check(thread_id, context)
        mark = await self._mark(thread_id, after, context) if after is not None else None
        rising = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq > $3) ORDER BY seq ASC LIMIT $4"
        falling = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq < $3) ORDER BY seq DESC LIMIT $4"
        rows = await self.pool.fetch(
            rising if order == "asc" else falling, context, thread_id, mark, limit + 1
        )
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1]["id"] if more else None,
        )

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        await self.check(thread_id, context)
        body = await self.pool.fetchval(
            "SELECT body FROM remark WHERE owner = $1 AND chat = $2 AND id = $3",
            context,
            thread_id,
            item_id,
        )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.pool.execute(
            "UPDATE talks SET gone = now() WHERE owner = $1 AND id = $2", context, thread_id
        )


class Asked(Marked, ABC):
    """An object may mind the mark."""

    def __init__(self, pool: Any, alive: Any) -> None:
        super().__init__(pool)
        self.alive = alive

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        await self.alive.ensure(context, thread_id)
        mark = await self._mark(thread_id, after, context) if after is not None else None
        rising = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq > $3) ORDER BY seq ASC LIMIT $4"
        falling = "SELECT id, body FROM remark WHERE owner = $1 AND chat = $2 AND ($3::bigint IS NULL OR seq < $3) ORDER BY seq DESC LIMIT $4"
        rows = await self.pool.fetch(
            rising if order == "asc" else falling, context, thread_id, mark, limit + 1
        )
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1]["id"] if more else None,
        )

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        await self.alive.ensure(context, thread_id)
        body = await self.pool.fetchval(
            "SELECT body FROM remark WHERE owner = $1 AND chat = $2 AND id = $3",
            context,
            thread_id,
            item_id,
        )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.pool.execute(
            "UPDATE talks SET gone = now() WHERE owner = $1 AND id = $2", context, thread_id
        )


class Base(DeclarativeBase):
    pass


class Remark(Base):
    __tablename__ = "remark"
    owner: Mapped[str] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)


class Swept(Marked, ABC):
    """The items are deleted by a statement that is no text."""

    def __init__(self, pool: Any, session: Any) -> None:
        super().__init__(pool)
        self.session = session

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.pool.execute(
            "UPDATE talks SET gone = now() WHERE owner = $1 AND id = $2", context, thread_id
        )
        await self.session.execute(
            delete(Remark).where(Remark.owner == context, Remark.chat == thread_id)
        )
