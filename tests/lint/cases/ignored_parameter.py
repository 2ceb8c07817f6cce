from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


class Forgets(Store[str], ABC):
    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return Page(data=await self.of(context))

    async def of(self, owner: str) -> list[ThreadMetadata]:
        raise NotFoundError(owner)


class Reads(Store[str], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return await self.of(context, limit, after, order)

    async def of(self, *arguments: Any) -> Page[ThreadMetadata]:
        raise NotFoundError(str(arguments))


class Declares(Store[str], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        raise NotImplementedError("a base only")


class Discards(Store[dict[str, Any]], ABC):
    def __init__(self, log: Any) -> None:
        self.log = log

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        del order
        self.log.debug("page behind %s", after)
        return Page(data=await self.mine(context["user_id"], limit))

    async def load_thread_items(  # CKF212
        self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]
    ) -> Page[Any]:
        _ = order
        if after is not None:
            raise NotFoundError(f"Item {after} not found")
        return Page(data=await self.mine(context["user_id"] + thread_id, limit))

    async def mine(self, owner: str, limit: int) -> list[Any]:
        raise NotImplementedError(f"{owner} {limit}")


class Checked(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad")
        mark = await self._mark(after)
        return await self.db.fetch("SELECT data FROM t WHERE owner = $1 AND seq > $2 ORDER BY seq LIMIT $3", context["user"], mark, limit)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        limit = min(limit, 200)
        rows = [r for r in self.rows if r.owner == context["user"]]
        if order == "desc":
            rows.reverse()
        if after is not None:
            ids = [r.id for r in rows]
            if after not in ids:
                raise NotFoundError(f"Item {after} not found")
            rows = rows[ids.index(after) + 1 :]
        return rows

    async def _mark(self, after: str | None) -> Any:
        raise NotFoundError(f"Thread {after} not found")


class Dropped(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        return await self._page("threads", context["user"], limit, after, order)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        return await self._page("items", context["user"], limit, after, order)

    async def _page(self, table: str, owner: str, limit: int, after: str | None, order: str) -> Any:  # CKF212
        rows = await self.db.fetch("SELECT data FROM t WHERE owner = $1 AND seq > $2 ORDER BY seq LIMIT $3", owner, self._mark(after), limit)
        return rows

    def _mark(self, after: str | None) -> Any:
        raise NotFoundError(f"Thread {after} not found")


class SizeOnly(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        size = self._checked(limit, order)
        rows = await self._mine(context)
        start = self._after(rows, after)
        return rows[start : start + size]

    def _checked(self, limit: int, order: str) -> int:
        if limit < 1:
            raise ValueError("limit")
        if order not in ("asc", "desc"):
            raise ValueError("order")
        return min(limit, 200)

    def _after(self, rows: Any, after: str | None) -> int:
        for n, row in enumerate(rows):
            if row.id == after:
                return n + 1
        raise NotFoundError(f"Thread {after} not found")

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        size = self._checked(limit, order)
        rows = sorted(await self._mine(context), key=lambda r: r.seq, reverse=self._down(order))
        start = self._after(rows, after)
        return rows[start : start + size]

    def _down(self, order: str) -> bool:
        return order == "desc"


class Work(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        def work(session: Any) -> Any:
            return session.page(limit, after, order)

        try:
            return await self.run(work)
        except LookupError:
            raise NotFoundError(f"Thread {after} not found") from None

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        match order:
            case "asc":
                way = 1
            case "desc":
                way = -1
            case _:
                raise ValueError("order")
        docs = await self.items.find({"owner": context["user"]}).sort("seq", way).to_list(None)
        pos = next((n for n, d in enumerate(docs) if d["id"] == after), None)
        if after is not None and pos is None:
            raise NotFoundError(f"Item {after} not found")
        return docs[(pos or 0) :][:limit]


class Requests(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        request = PageRequest(limit=limit, after=after, order=order)
        return await self.repo.threads(context["user"], request)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        if after is not None:
            await self.load_item(thread_id, after, context)
        rows = await self.db.fetch("SELECT data FROM t WHERE owner = $1 ORDER BY seq DESC LIMIT $2", context["user"], limit)
        return rows if order == "desc" else rows[::-1]


class Logged(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int = 20, after: str | None = None, order: str = "desc", context: Any = None) -> Any:
        logger.debug("limit %s after %s order %s", limit, after, order)
        order_by = self.ORDERS[order]
        start = self.index(context, after)
        if after and start is None:
            raise NotFoundError(f"Thread {after} not found")
        return await self.q(order_by, start)[slice(None, limit)]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        logger.debug("limit %s after %s order %s", limit, after, order)
        rows = await self.db.fetch("SELECT data FROM t WHERE owner = $1 ORDER BY seq DESC LIMIT 100", context["user"])
        if after:
            ids = [r["id"] for r in rows]
            if after not in ids:
                raise NotFoundError(f"Item {after} not found")
            rows = rows[ids.index(after) + 1 :]
        return rows[:limit]


class Deleted(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        del after, order
        rows = await self.db.fetch("SELECT data FROM t WHERE owner = $1 ORDER BY seq DESC LIMIT $2", context["user"], limit)
        return Page(data=rows)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        _ = after, order
        rows = await self.db.fetch("SELECT data FROM t WHERE owner = $1 ORDER BY seq DESC LIMIT $2", context["user"], limit)
        return Page(data=rows)


class Moved(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        rows = iter(await self.sorted(context["user"], order))
        if after is not None and not any(row.id == after for row in rows):
            raise NotFoundError(f"Thread {after} not found")
        return Page(data=[row for row, _ in zip(rows, range(limit))])
