from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata

from .base import pages
import asyncio
import bisect
import functools

from sqlalchemy.exc import NoResultFound


class Restarts(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(  # CKF214
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        values: list[Any] = [context]
        where = "owner = ?"
        if after:
            cursor = await self.db.fetchrow("SELECT at, seq FROM threads WHERE id = ?", after)
            if cursor:
                where += " AND (at, seq) > (?, ?)"
                values += [cursor["at"], cursor["seq"]]
        found = await self.db.fetch("SELECT data FROM threads WHERE owner = ? LIMIT ?", values, limit)
        return Page(data=found if order == "asc" else found[::-1])


class Refuses(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        cursor = await self._cursor(context, after) if after else None
        found = await self.db.fetch("SELECT data FROM threads WHERE owner = ?", context, cursor, limit)
        return Page(data=found if order == "asc" else found[::-1])

    async def _cursor(self, owner: str, after: str) -> Any:
        row = await self.db.fetchrow("SELECT at FROM threads WHERE owner = ? AND id = ?", owner, after)
        if row is None:
            raise NotFoundError(f"Thread {after} not found")
        return row

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Page[ThreadItem]:
        if after is not None:
            await self.load_item(thread_id, after, context)
        found = await self.db.fetch("SELECT data FROM items WHERE owner = ?", context, after, limit)
        return Page(data=found if order == "asc" else found[::-1])


class Elsewhere(Store[str], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return await self.inherited_page(context, limit, after, order)


class Handed(Store[str], ABC):
    def __init__(self, repository: Any) -> None:
        self.repository = repository

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return await self.repository.page(context, limit, after, order)


KEPT = pages


class ThreadChecked(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread_items(  # CKF214
        self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]
    ) -> Page[ThreadItem]:
        owner = context["user_id"]
        thread = await self.db.fetchrow("SELECT 1 FROM threads WHERE owner = $1", owner, thread_id)
        if thread is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        rows = await self.db.fetch("SELECT data FROM items WHERE owner = $1", owner, order)
        ids = [row["id"] for row in rows]
        start = ids.index(after) + 1 if after in ids else 0
        page = rows[start : start + limit]
        more = len(rows) > start + limit
        return Page(data=page, has_more=more, after=page[-1]["id"] if more else None)

    async def load_threads(  # CKF214
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        rows = await self._rows(context["user_id"], order)
        start = 0
        if after:
            start = next((i + 1 for i, row in enumerate(rows) if row["id"] == after), 0)
        page = rows[start : start + limit]
        more = len(rows) > start + limit
        return Page(data=page, has_more=more, after=page[-1]["id"] if more else None)

    async def _rows(self, owner: str, order: str) -> Any:
        if not owner:
            raise NotFoundError("Nobody")
        return await self.db.fetch("SELECT data FROM threads WHERE owner = $1", owner, order)


class LoadedFirst(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread_items(  # CKF214
        self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]
    ) -> Page[ThreadItem]:
        await self.load_thread(thread_id, context)
        rows = await self.db.fetch("SELECT data FROM items WHERE thread_id = $1", thread_id, order)
        if after:
            for index, row in enumerate(rows):
                if row["id"] == after:
                    rows = rows[index + 1 :]
                    break
        more = len(rows) > limit
        return Page(data=rows[:limit], has_more=more, after=rows[limit - 1]["id"] if more else None)


class LoopsWell(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]
    ) -> Page[ThreadItem]:
        await self.load_thread(thread_id, context)
        rows = await self.db.fetch("SELECT data FROM items WHERE thread_id = $1", thread_id, order)
        if after:
            for index, row in enumerate(rows):
                if row["id"] == after:
                    rows = rows[index + 1 :]
                    break
            else:
                raise NotFoundError("no such item")
        more = len(rows) > limit
        return Page(data=rows[:limit], has_more=more, after=rows[limit - 1]["id"] if more else None)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        rows = await self.db.fetch("SELECT data FROM threads WHERE owner = $1", context["user_id"])
        start = self._start(rows, after)
        page = rows[start : start + limit] if order == "asc" else rows[::-1][start : start + limit]
        more = len(rows) > start + limit
        return Page(data=page, has_more=more, after=page[-1]["id"] if more else None)

    def _start(self, rows: Any, cursor: str | None) -> int:
        if cursor is None:
            return 0
        try:
            return [row["id"] for row in rows].index(cursor) + 1
        except ValueError:
            raise NotFoundError("no such thread") from None


class FlagsWell(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        found: list[Any] = []
        passed = after is None
        for row in await self.db.fetch("SELECT data FROM threads WHERE owner = $1", context["u"], order):
            if passed:
                found.append(row)
            elif row["id"] == after:
                passed = True
        if not passed:
            raise NotFoundError("no such thread")
        more = len(found) > limit
        return Page(data=found[:limit], has_more=more, after=found[limit - 1]["id"] if more else None)


def require(row: Any, what: str, key: str) -> Any:
    if row is None:
        raise NotFoundError(f"{what} {key} not found")
    return row


def missing(what: str, key: str) -> NotFoundError:
    return NotFoundError(f"{what} {key} not found")


class Required(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        mark = require(await self.db.fetchrow("SELECT seq FROM t WHERE owner = $1 AND id = $2", context["user"], after), "Thread", after) if after else None
        return await self.db.fetch("SELECT data FROM t WHERE owner = $1 AND seq > $2 ORDER BY seq LIMIT $3", context["user"], mark["seq"] if mark else 0, limit if order else 0)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        rows = sorted(self.rows(context), key=lambda r: r.seq, reverse=order == "desc")
        index = {row.id: n for n, row in enumerate(rows)}
        if after is not None and after not in index:
            raise missing("Item", after)
        start = index[after] + 1 if after else 0
        return rows[start : start + limit]


class RestartsSilently(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF214
        rows = sorted(self.rows(context), key=lambda r: r.seq, reverse=order == "desc")
        start = 0
        if after:
            try:
                start = [r.id for r in rows].index(after) + 1
            except ValueError:
                start = 0
        return rows[start : start + limit]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF214
        rank = await self.redis.zrank(f"{context['user']}:{thread_id}", after) if after else None
        start = rank + 1 if rank is not None else 0
        return await self.redis.zrange(f"{context['user']}:{thread_id}", start, start + limit, desc=order == "desc")


class Positions(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        rows = sorted(self.rows(context), key=lambda r: r.seq, reverse=order == "desc")
        try:
            start = [r.id for r in rows].index(after) + 1 if after else 0
        except ValueError:
            raise NotFoundError(f"Thread {after} not found") from None
        return rows[start : start + limit]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF214
        return await self.db.fetch("SELECT data FROM t WHERE owner = $1 AND seq > coalesce((SELECT seq FROM t WHERE id = $2), 0) ORDER BY seq LIMIT $3", context["user"], after, limit if order else 0)


class Shared(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        return await self._page(self.threads, context["user"], limit, after, order)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        return await self._page(self.items, context["user"], limit, after, order)

    async def _page(self, source: Any, owner: str, limit: int, after: str | None, order: str) -> Any:  # CKF214
        rows = [r for r in source if r.owner == owner]
        rows.sort(key=lambda r: r.seq, reverse=order == "desc")
        skip = after is not None
        page: list[Any] = []
        for row in rows:
            if skip:
                skip = row.id != after
                continue
            page.append(row)
        return page[:limit] or rows[:limit]


class Found(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        position = await self._position(after, context) if after else -1
        rows = sorted(self.rows(context), key=lambda r: r.seq, reverse=order == "desc")
        return rows[position + 1 :][:limit]

    async def _position(self, after: str, context: Any) -> int:
        for n, row in enumerate(self.rows(context)):
            if row.id == after:
                return n
        raise NotFoundError(f"Thread {after} not found")

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        if after is None:
            mark = None
        elif (mark := await self._find(after, context)) is None:
            raise NotFoundError(f"Item {after} not found")
        rows = sorted(self.rows(context), key=lambda r: r.seq, reverse=order == "desc")
        return rows[bisect.bisect(rows, mark) :][:limit]


def in_thread(work: Any) -> Any:
    """Say NotFoundError for a row that is not there."""

    @functools.wraps(work)
    async def call(self: Any, *args: Any) -> Any:
        try:
            return await asyncio.to_thread(lambda: work(self, self.session, *args))
        except NoResultFound as gone:
            raise NotFoundError(f"{args} not found") from gone

    return call


class Decorated(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        return await self._listed(context["user"], after, limit, order)

    @in_thread
    def _listed(self, session: Any, owner: str, after: str | None, limit: int, order: str) -> Any:
        query = mine(owner)
        if after is not None:
            mark = session.scalars(mine(owner).where(Row.id == after)).one()
            query = query.where(tuple_(Row.at, Row.seq) > (mark.at, mark.seq))
        return session.scalars(query.order_by(Row.at.desc() if order == "desc" else Row.at).limit(limit)).all()

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        return await self._items(context["user"], thread_id, after, limit, order)

    @in_thread
    def _items(self, session: Any, owner: str, thread_id: str, after: str | None, limit: int, order: str) -> Any:  # CKF214
        query = mine(owner).where(Row.thread_id == thread_id)
        mark = session.scalars(mine(owner).where(Row.id == after)).first() if after else None
        if mark is not None:
            query = query.where(tuple_(Row.at, Row.seq) > (mark.at, mark.seq))
        return session.scalars(query.order_by(Row.at.desc() if order == "desc" else Row.at).limit(limit)).all()


class Keywords(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        return await self._page(context["user"], "threads", after, limit, order)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        return await self._page(context["user"], "items", after, limit, order, thread_id=thread_id)

    async def _page(self, owner: str, table: str, after: str | None, limit: int, order: str, /, **box: str) -> Any:
        mark = await self._find(owner, table, **box, id=after) if after is not None else None
        return await self.db.fetch(pages(table, mark is not None, order == "desc"), owner, *box.values(), mark, limit)

    async def _find(self, owner: str, table: str, /, **keys: str | None) -> Any:
        row = await self.db.fetchrow(reads(table, *keys), owner, *keys.values())
        if row is None:
            raise NotFoundError(f"{keys['id']} not found")
        return row


class InThread(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        return await asyncio.to_thread(self._threads, context["user"], after, limit, order)

    def _threads(self, owner: str, after: str | None, limit: int, order: str) -> Any:
        with self.sessions() as session:
            mark = session.get(Row, (owner, after)) if after else None
            if after and mark is None:
                raise NotFoundError(f"Thread {after} not found")
            return session.scalars(page_of(owner, mark, order).limit(limit)).all()

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        return await asyncio.to_thread(self._items, context["user"], thread_id, after, limit, order)

    def _items(self, owner: str, thread_id: str, after: str | None, limit: int, order: str) -> Any:  # CKF214
        with self.sessions() as session:
            thread = session.get(Row, (owner, thread_id))
            if thread is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            mark = session.get(Item, (owner, after)) if after else None
            if mark is not None:
                return session.scalars(beyond(thread, mark, order).limit(limit)).all()
            return session.scalars(items_of(thread, order).limit(limit)).all()


class Handed(Store[dict[str, Any]], ABC):
    async def _tx(self, work: Any, *args: Any) -> Any:
        async with self.db.transaction() as tx:
            return await work(tx, *args)

    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        return await self._tx(self._page, context["user"], limit, after, order)

    async def _page(self, tx: Any, owner: str, limit: int, after: str | None, order: str) -> Any:
        mark = None
        if after is not None:
            mark = await tx.fetchrow("SELECT seq FROM t WHERE owner = $1 AND id = $2", owner, after)
            if mark is None:
                raise NotFoundError(f"Thread {after} not found")
        return await tx.fetch(pages(order, mark is not None), owner, limit, *(mark or ()))


class InFront(Store[Ctx], ABC):
    """The store behind knows its cursors, whatever it is and however it is reached."""

    def __init__(self, behind: Store[Ctx], other: Store[Ctx]) -> None:
        self._behind = behind
        self._shards = (behind, other)

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        return await self._behind.load_threads(limit, after, order, context)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Ctx
    ) -> Any:
        shard = self._shards[len(context["user"]) % 2]
        return await shard.load_thread_items(thread_id, after, limit, order, context)


class InFrontByName(Store[Ctx], ABC):
    def __init__(self, behind: Store[Ctx]) -> None:
        self._behind = behind

    async def _twice(self, call: Any, *args: Any) -> Any:
        try:
            return await call(*args)
        except ConnectionError:
            return await call(*args)

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        return await self._twice(self._behind.load_threads, limit, after, order, context)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Ctx
    ) -> Any:
        name = "load_thread_items"
        return await getattr(self._behind, name)(thread_id, after, limit, order, context)
