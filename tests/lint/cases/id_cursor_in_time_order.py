from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
import bisect
from sqlalchemy import select
from boto3.dynamodb.conditions import Key, Attr


class ById(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Any:
        if after == "":
            raise NotFoundError(f"Thread {after} not found")
        sql = "SELECT data FROM threads WHERE owner = ?"
        if after:
            sql += " AND id < ?"
        sql += " ORDER BY created_at DESC LIMIT ?"
        return await self.db.fetch(sql, (context, after, limit, order))  # CKF211


class InIdOrder(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Any:
        if after == "":
            raise NotFoundError(f"Thread {after} not found")
        return await self.db.fetch(
            "SELECT data FROM threads WHERE owner = ? AND id > ? ORDER BY id LIMIT ?",
            (context, after, limit, order),
        )


class SortedById(Store[dict[str, Any]], ABC):
    def __init__(self, items: Any) -> None:
        self.items = items

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Any:
        found = sorted(self.items[context["user"]], key=lambda t: t.created_at)
        if after:
            if after not in {t.id for t in found}:
                raise NotFoundError(f"Thread {after} not found")
            found = [t for t in found if t.id > after]  # CKF211
        return found[:limit] if order == "asc" else found[::-1][:limit]


class Appended(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        params: list[Any] = [context["user"]]
        query = "select id, payload from chat_threads where org_id = %s"
        if after is not None:
            await self.load_thread(after, context)
            params.append(after)
            query += " and id > %s" if order == "asc" else " and id < %s"
        way = "asc" if order == "asc" else "desc"
        query += f" order by created_at {way}, n {way}"
        query += " limit %s"
        return await self.conn.execute(query, params)  # CKF211

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        query = {"owner": context["user"]}
        if after is not None:
            await self.load_item(thread_id, after, context)
            query["_id"] = {"$gt": after} if order == "asc" else {"$lt": after}  # CKF211
        return await self.items.find(query).sort("created_at", 1).to_list(limit)


class Expressions(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        stmt = select(ThreadRow).where(ThreadRow.owner == context["user"])
        if after:
            await self.load_thread(after, context)
            stmt = stmt.where(ThreadRow.thread_id > after)  # CKF211
        return await self.session.scalars(stmt.order_by(ThreadRow.created_at.desc()).limit(limit))

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        await self.load_item(thread_id, after, context)
        rows = ItemRecord.objects.filter(owner=context["user"], id__gt=after)  # CKF211
        return [r async for r in rows.order_by("created_at")[:limit]]


class Sorted(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        await self.load_thread(after, context)
        rows = sorted(self.mine(context), key=lambda row: row.created_at)
        rows = [row for row in rows if after is None or row.id > after]  # CKF211
        return rows[:limit]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        await self.load_item(thread_id, after, context)
        rows = sorted(self.mine(context), key=lambda row: row.id)
        return [row for row in rows if after is None or row.id > after][:limit]


class Built(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        await self.load_thread(after, context)
        query = self.client.table("threads").select("*").eq("owner", context["user"])
        return (await query.gt("id", after).order("created_at").limit(limit).execute()).data  # CKF211

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        await self.load_item(thread_id, after, context)
        return await self.db.fetch("SELECT data FROM items WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3", context["user"], after, limit)


class Searched(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        ids = [r.id for r in sorted(self.mine(context), key=lambda r: r.created_at)]
        await self.load_thread(after, context)
        start = bisect.bisect_right(ids, after)  # CKF211
        return ids[start : start + limit]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        await self.load_item(thread_id, after, context)
        # ULIDs: the id is the time
        return await self.db.fetch("SELECT data FROM items WHERE owner = $1 AND seq > (SELECT seq FROM items WHERE id = $2) ORDER BY seq LIMIT $3", context["user"], after, limit)


class Chosen(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        await self.load_thread(after, context)
        if order == "asc":
            sql = "SELECT data FROM threads WHERE owner = ? AND (? IS NULL OR id > ?) ORDER BY created_at ASC LIMIT ?"
        else:
            sql = "SELECT data FROM threads WHERE owner = ? AND (? IS NULL OR id < ?) ORDER BY created_at DESC LIMIT ?"
        return await self.db.execute_fetchall(sql, (context["user"], after, after, limit))  # CKF211
