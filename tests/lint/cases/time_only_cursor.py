from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from sqlalchemy import or_, select

from .rows import ItemRow
import bisect
import itertools
import operator
from datetime import datetime
import sqlalchemy as sa
from sqlalchemy import tuple_, and_, desc
from sqlmodel import SQLModel, col
from django.db.models import Q
from boto3.dynamodb.conditions import Key
from sqlalchemy.orm import Mapped
from chatkit.types import Page, ThreadMetadata


class Sql(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Any:
        row = await self._cursor(after)
        direction = ("DESC", "<") if order == "desc" else ("ASC", ">")
        return await self.db.fetch(  # CKF210
            f"SELECT data FROM threads WHERE owner = ? AND created_at {direction[1]} ?"
            f" ORDER BY created_at {direction[0]} LIMIT ?",
            (context, row, limit),
        )

    async def _cursor(self, after: str | None) -> Any:
        raise NotFoundError(f"Thread {after} not found")


class Orm(Store[str], ABC):
    def __init__(self, session: Any) -> None:
        self.session = session

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Any:
        cursor = await self.session.get(ItemRow, (context, after))
        if cursor is None:
            raise NotFoundError(f"Item {after} not found")
        query = select(ItemRow).where(ItemRow.owner == context, ItemRow.thread_id == thread_id)
        query = query.where(ItemRow.created_at > cursor.created_at)  # CKF210
        query = query.order_by(ItemRow.created_at.asc()).limit(limit)
        return await self.session.scalars(query if order == "asc" else query)


class Ties(Store[str], ABC):
    def __init__(self, session: Any) -> None:
        self.session = session

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: str
    ) -> Any:
        cursor = await self.session.get(ItemRow, (context, after))
        if cursor is None:
            raise NotFoundError(f"Item {after} not found")
        query = select(ItemRow).where(
            ItemRow.owner == context,
            or_(ItemRow.created_at > cursor.created_at, ItemRow.seq > cursor.seq),
        )
        query = query.order_by(ItemRow.created_at.asc(), ItemRow.seq.asc()).limit(limit)
        return await self.session.scalars(query if order == "asc" else query)


class Sorted(Store[dict[str, Any]], ABC):
    def __init__(self, table: Any, items: Any) -> None:
        self.table, self.items = table, items

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Any:
        found = sorted(self.items[context["user"]], key=lambda t: t.created_at, reverse=order == "desc")
        if after:
            last = next((t for t in found if t.id == after), None)
            if last is None:
                raise NotFoundError(f"Thread {after} not found")
            found = [t for t in found if t.created_at > last.created_at]  # CKF210
        return found[:limit]

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]
    ) -> Any:
        query = select(self.table).where(self.table.c.owner == context["user"])
        if after:
            last = await self.row(thread_id, after)
            query = query.where(self.table.c.created_at > last.created_at)  # CKF210
        column = self.table.c.created_at
        return query.order_by(column.asc() if order == "asc" else column.desc()).limit(limit)

    async def row(self, thread_id: str, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found in {thread_id}")


class SortedWell(Store[dict[str, Any]], ABC):
    def __init__(self, items: Any) -> None:
        self.items = items

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Any:
        found = sorted(self.items[context["user"]], key=lambda t: (t.created_at, t.id))
        if after:
            last = next((t for t in found if t.id == after), None)
            if last is None:
                raise NotFoundError(f"Thread {after} not found")
            at = (last.created_at, last.id)
            found = [t for t in found if (t.created_at, t.id) > at]
        return found[:limit] if order == "asc" else found[::-1][:limit]


DDL = """
CREATE TABLE IF NOT EXISTS items (
    seq BIGSERIAL PRIMARY KEY,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    placed TIMESTAMPTZ NOT NULL,
    data JSONB NOT NULL
)
"""
NEXT = {
    "asc": "SELECT data FROM items WHERE owner = $1 AND placed > $2 ORDER BY placed ASC LIMIT $3",
    "desc": "SELECT data FROM items WHERE owner = $1 AND placed < $2 ORDER BY placed DESC LIMIT $3",
}
KEYSET = {
    "asc": "SELECT data FROM items WHERE owner = $1 AND (placed, seq) > ($2, $3) ORDER BY placed ASC, seq ASC LIMIT $4",
    "desc": "SELECT data FROM items WHERE owner = $1 AND (placed, seq) < ($2, $3) ORDER BY placed DESC, seq DESC LIMIT $4",
}


class Placed:
    seen: Mapped[datetime]
    seq: Mapped[int]
    id: Mapped[str]


class JoinedClauses(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        clauses = ["owner = ?"]
        params: list[Any] = [context["user"]]
        if after is not None:
            mark = await self._mark(after)
            clauses.append("created_at < ?" if order == "desc" else "created_at > ?")
            params.append(mark)
        way = "DESC" if order == "desc" else "ASC"
        sql = f"SELECT data FROM threads WHERE {' AND '.join(clauses)} ORDER BY created_at {way} LIMIT ?"
        rows = await self.db.execute_fetchall(sql, [*params, limit + 1])  # CKF210
        return rows

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        if after is None:
            return await self.db.fetch("SELECT data FROM items WHERE owner = $1 ORDER BY placed LIMIT $2", context["user"], limit)
        mark = await self._mark(after)
        return await self.db.fetch(NEXT[order], context["user"], mark, limit)  # CKF210

    async def _mark(self, after: str) -> Any:
        row = await self.db.fetchrow("SELECT placed FROM items WHERE id = $1", after)
        if row is None:
            raise NotFoundError(f"Item {after} not found")
        return row["placed"]


class JoinedClausesRight(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        clauses = ["owner = ?"]
        params: list[Any] = [context["user"]]
        if after is not None:
            mark = await self._mark(after)
            clauses.append("(created_at, rowid) < (?, ?)" if order == "desc" else "(created_at, rowid) > (?, ?)")
            params += mark
        way = "DESC" if order == "desc" else "ASC"
        sql = f"SELECT data FROM threads WHERE {' AND '.join(clauses)} ORDER BY created_at {way}, rowid {way} LIMIT ?"
        rows = await self.db.execute_fetchall(sql, [*params, limit + 1])
        return rows

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        mark = await self._mark(after)
        return await self.db.fetch(KEYSET[order], context["user"], *mark, limit)

    async def _mark(self, after: str) -> Any:
        row = await self.db.fetchrow("SELECT placed, seq FROM items WHERE id = $1", after)
        if row is None:
            raise NotFoundError(f"Item {after} not found")
        return row


class Operators(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        stmt = select(Placed).where(Placed.owner == context["user"])
        if after is not None:
            mark = await self._mark(after)
            beyond = operator.lt if order == "desc" else operator.gt
            stmt = stmt.where(beyond(Placed.created_at, mark.created_at))  # CKF210
        stmt = stmt.order_by(desc(Placed.created_at) if order == "desc" else Placed.created_at)
        return stmt.limit(limit)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        key = (Placed.seen, Placed.seq)
        stmt = select(Placed).where(Placed.owner == context["user"])
        mark = await self._mark(after)
        bound = sa.tuple_(mark.seen, mark.seq)
        stmt = stmt.where(sa.tuple_(*key) < bound if order == "desc" else sa.tuple_(*key) > bound)
        return stmt.order_by(*(k.desc() for k in key)).limit(limit)

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Columns(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        mark = await self._mark(after)
        when = col(Placed.seen)
        stmt = select(Placed).where(when < mark.seen if order == "desc" else when > mark.seen)  # CKF210
        return stmt.order_by(when.desc(), col(Placed.seq).desc()).limit(limit)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        mark = await self._mark(after)
        later = or_(Placed.seen > mark.seen, and_(Placed.seen == mark.seen, Placed.seq > mark.seq))
        earlier = or_(Placed.seen < mark.seen, and_(Placed.seen == mark.seen, Placed.seq < mark.seq))
        stmt = select(Placed).where(later if order == "asc" else earlier)
        return stmt.order_by(Placed.seen.asc(), Placed.seq.asc()).limit(limit)

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Scores(Store[dict[str, Any]], ABC):
    async def save_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        await self.redis.zadd(f"{context['user']}:{thread_id}", {item.id: item.created_at.timestamp()})

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        key = f"{context['user']}:{thread_id}"
        low, high = "-inf", "+inf"
        if after is not None:
            score = await self.redis.zscore(key, after)
            if score is None:
                raise NotFoundError(f"Item {after} not found")
            low, high = (f"({score}", high) if order == "asc" else (low, f"({score}")
        if order == "asc":
            ids = await self.redis.zrangebyscore(key, low, high, start=0, num=limit + 1)  # CKF210
        else:
            ids = await self.redis.zrevrangebyscore(key, high, low, start=0, num=limit + 1)
        return ids

    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        key = f"{context['user']}:threads"
        start = 0
        if after is not None:
            rank = await (self.redis.zrank(key, after) if order == "asc" else self.redis.zrevrank(key, after))
            if rank is None:
                raise NotFoundError(f"Thread {after} not found")
            start = rank + 1
        return await self.redis.zrange(key, start, start + limit, desc=order == "desc")


class ScoresBySeq(Store[dict[str, Any]], ABC):
    async def save_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        number = await self.redis.incr("arrivals")
        await self.redis.zadd(f"{context['user']}:{thread_id}", {item.id: number})

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        key = f"{context['user']}:{thread_id}"
        score = await self.redis.zscore(key, after)
        if score is None:
            raise NotFoundError(f"Item {after} not found")
        return await self.redis.zrangebyscore(key, f"({score}", "+inf", start=0, num=limit + 1)


class Filters(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        query: dict[str, Any] = {"owner": context["user"]}
        if after is not None:
            mark = await self._mark(after)
            query.update({"created_at": {"$lt" if order == "desc" else "$gt": mark["created_at"]}})  # CKF210
        return await self.threads.find(query).sort([("created_at", -1 if order == "desc" else 1), ("seq", -1)]).to_list(limit)

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        query: dict[str, Any] = {"owner": context["user"]}
        op = "$lt" if order == "desc" else "$gt"
        mark = await self._mark(after)
        query["$or"] = [{"created_at": {op: mark["created_at"]}}, {"created_at": mark["created_at"], "seq": {op: mark["seq"]}}]
        return await self.items.find(query).sort([("created_at", -1), ("seq", -1)]).to_list(limit)

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Pipelines(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        mark = await self._mark(after)
        pipeline = [
            {"$match": {"owner": context["user"], "created_at": {"$lt": mark["created_at"]}}},  # CKF210
            {"$sort": {"created_at": -1}},
            {"$limit": limit + 1},
        ]
        return await self.threads.aggregate(pipeline).to_list(None)

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Bisected(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        rows = sorted(self._mine(context), key=lambda t: t.created_at)
        times = [t.created_at for t in rows]
        mark = self._find(rows, after)
        start = bisect.bisect_right(times, mark.created_at)  # CKF210
        return rows[start : start + limit]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        rows = sorted(self._mine(context), key=lambda t: (t.created_at, t.seq))
        mark = self._find(rows, after)
        start = bisect.bisect_right(rows, (mark.created_at, mark.seq), key=lambda t: (t.created_at, t.seq))
        return rows[start : start + limit]

    def _find(self, rows: Any, after: Any) -> Any:
        for row in rows:
            if row.id == after:
                return row
        raise NotFoundError(f"Thread {after} not found")


class Dropped(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        rows = sorted(self._mine(context), key=operator.attrgetter("created_at"), reverse=order == "desc")
        mark = self._find(rows, after)
        rows = list(itertools.dropwhile(lambda t: t.created_at >= mark.created_at, rows))  # CKF210
        return rows[:limit]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        mark = self._find(self.rows, after)
        page = []  # CKF109
        for row in sorted(self.rows, key=lambda r: r["created_at"]):  # CKF210
            if row["created_at"] <= mark["created_at"]:
                continue
            page.append(row)
        return page[:limit]

    def _find(self, rows: Any, after: Any) -> Any:
        for row in rows:
            if row.id == after:
                return row
        raise NotFoundError(f"Thread {after} not found")


class Keys(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        condition = Key("owner").eq(context["user"])
        mark = await self._mark(after)
        at = Key("created_at")
        condition &= at.gt(mark["created_at"]) if order == "asc" else at.lt(mark["created_at"])  # CKF210
        answer = await self.table.query(IndexName="by_time", KeyConditionExpression=condition, ScanIndexForward=order == "asc", Limit=limit)
        return answer["Items"]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        start = {"ExclusiveStartKey": await self._mark(after)} if after else {}
        answer = await self.table.query(IndexName="by_time", KeyConditionExpression=Key("owner").eq(context["user"]), ScanIndexForward=order == "asc", Limit=limit, **start)
        return answer["Items"]

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Managers(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        rows = ThreadRecord.objects.filter(owner=context["user"])
        mark = await self._mark(after)
        rows = rows.filter(created_at__gt=mark.created_at) if order == "asc" else rows.filter(created_at__lt=mark.created_at)  # CKF210
        return [row async for row in rows.order_by("created_at" if order == "asc" else "-created_at")[:limit]]

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:  # CKF212
        rows = ItemRecord.objects.filter(owner=context["user"])
        mark = await self._mark(after)
        rows = rows.filter(Q(created_at__gt=mark.created_at) | Q(created_at=mark.created_at, pk__gt=mark.pk))
        return [row async for row in rows.order_by("created_at", "pk")[:limit]]

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Builders(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        query = self.client.table("threads").select("*").eq("owner", context["user"])
        mark = await self._mark(after)
        query = query.gt("created_at", mark) if order == "asc" else query.lt("created_at", mark)  # CKF210
        return (await query.order("created_at", desc=order == "desc").limit(limit).execute()).data

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        query = self.client.table("items").select("*").eq("owner", context["user"])
        mark = await self._mark(after)
        query = query.gt("seq", mark)
        return (await query.order("seq", desc=order == "desc").limit(limit).execute()).data

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Containers(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        mark = await self._mark(after)
        sign = ">" if order == "asc" else "<"
        query = f"SELECT * FROM c WHERE c.owner = @owner AND c.createdAt {sign} @at ORDER BY c.createdAt {order.upper() if order in ('asc', 'desc') else 'ASC'}"
        return [d async for d in self.container.query_items(query=query, parameters=[{"name": "@at", "value": mark}, {"name": "@owner", "value": context["user"]}])]  # CKF210

    async def _mark(self, after: str) -> Any:
        raise NotFoundError(f"Item {after} not found")


class Shared(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        return await self._page("threads", context["user"], limit, after, order)

    async def _page(self, table: str, owner: str, limit: int, after: str | None, order: str) -> Any:
        where, args = "owner = %s", [owner]
        if after:
            where += f" AND updated_at {'>' if order == 'asc' else '<'} (SELECT updated_at FROM {table} WHERE id = %s)"
            args.append(after)
        async with self.pool.connection() as conn:
            cur = await conn.execute(f"SELECT data FROM {table} WHERE {where} ORDER BY updated_at {'ASC' if order == 'asc' else 'DESC'} LIMIT %s", (*args, limit))  # CKF210
            if after and not cur.rowcount:
                raise NotFoundError(f"Thread {after} not found")
            return await cur.fetchall()


class Counted(Store[dict[str, Any]], ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:  # CKF212
        since = self.since
        offset = await self._offset(after)
        return await self.db.fetch("SELECT data FROM threads WHERE owner = $1 AND created_at > $2 ORDER BY created_at, seq LIMIT $3 OFFSET $4", context["user"], since, limit, offset)

    async def _offset(self, after: str) -> int:
        raise NotFoundError(f"Thread {after} not found")


class NamedTie(Store[Ctx], ABC):
    """The tie is broken by a column whose name is given."""

    def __init__(self, db: Any, table: Any) -> None:
        self.db = db
        self.table = table

    async def _mark(self, scope: Any, at: Any, tie: Any, after: str) -> Any:
        found = await self.db.execute(select(at).where(scope, tie == after))
        mark = found.scalar_one_or_none()
        if mark is None:
            raise NotFoundError(f"{after} not found")
        return mark

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        return await self._tuples(self.table.c.owner == context["user"], "thread_id", limit, after, order)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Ctx
    ) -> Any:
        scope = and_(self.table.c.owner == context["user"], self.table.c.thread_id == thread_id)
        return await self._either(scope, "item_id", limit, after, order)

    async def _tuples(self, scope: Any, key: str, limit: int, after: str | None, order: str) -> Any:
        at, tie = self.table.c.created_at, self.table.c[key]
        query = select(self.table.c.doc).where(scope)
        if after is not None:
            mark = await self._mark(scope, at, tie, after)
            here, there = tuple_(at, tie), tuple_(mark, after)
            query = query.where(here > there if order == "asc" else here < there)
        by = (at.asc(), tie.asc()) if order == "asc" else (at.desc(), tie.desc())
        return (await self.db.execute(query.order_by(*by).limit(limit))).all()

    async def _either(self, scope: Any, key: str, limit: int, after: str | None, order: str) -> Any:
        at, tie = self.table.c.created_at, getattr(self.table.c, key)
        query = select(self.table.c.doc).where(scope)
        if after is not None:
            mark = await self._mark(scope, at, tie, after)
            if order == "asc":
                query = query.where((at > mark) | ((at == mark) & (tie > after)))
            else:
                query = query.where(or_(at < mark, and_(at == mark, tie < after)))
        by = (at.asc(), tie.asc()) if order == "asc" else (at.desc(), tie.desc())
        return (await self.db.execute(query.order_by(*by).limit(limit))).all()


class NamedTieOfDocuments(Store[Ctx], ABC):
    def __init__(self, threads: Any) -> None:
        self.threads = threads

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        return await self._page({"owner": context["user"]}, "threadId", limit, after, order)

    async def _page(
        self, scope: dict[str, Any], key: str, limit: int, after: str | None, order: str
    ) -> Any:
        query = dict(scope)
        step, way = ("$gt", 1) if order == "asc" else ("$lt", -1)
        if after is not None:
            mark = await self.threads.find_one({**scope, key: after})
            if mark is None:
                raise NotFoundError(f"{after} not found")
            at = mark["created_at"]
            query["$or"] = [{"created_at": {step: at}}, {"created_at": at, key: {step: after}}]
        return await self.threads.find(query).sort([("created_at", way), (key, way)]).to_list(limit)


class NamedTieOfRows(Store[Ctx], ABC):
    def __init__(self, rows: Any) -> None:
        self.rows = rows

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        return await self._page(self.rows.filter(owner=context["user"]), "id", limit, after, order)

    async def _page(self, rows: Any, key: str, limit: int, after: str | None, order: str) -> Any:
        if after is not None:
            mark = await rows.filter(**{key: after}).afirst()
            if mark is None:
                raise NotFoundError(f"{after} not found")
            at = mark.created_at
            if order == "asc":
                rows = rows.filter(Q(created_at__gt=at) | Q(created_at=at, **{f"{key}__gt": after}))
            else:
                rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, **{key + "__lt": after}))
        by = ("created_at", key) if order == "asc" else ("-created_at", f"-{key}")
        return [row async for row in rows.order_by(*by)[:limit]]


class NamedCondition(Store[Ctx], ABC):
    """What is asked for besides the time is named before it is put into the query."""

    def __init__(self, db: Any, tie: Any) -> None:
        self.db = db
        self.tie = tie

    async def _mark(self, after: str, context: Ctx) -> Any:
        asked = select(Row).where(Row.id == after, Row.owner == context["user"])
        mark = (await self.db.execute(asked)).scalar_one_or_none()
        if mark is None:
            raise NotFoundError(f"{after} not found")
        return mark

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        query = select(Row).where(Row.owner == context["user"])
        up, tie = order == "asc", self.tie
        if after is not None:
            mark = await self._mark(after, context)
            beyond = Row.created_at > mark.at if up else Row.created_at < mark.at
            then = tie > mark.seq if up else tie < mark.seq
            query = query.where(beyond | ((Row.created_at == mark.at) & then))
        way = (Row.created_at.asc(), tie.asc()) if up else (Row.created_at.desc(), tie.desc())
        return (await self.db.execute(query.order_by(*way).limit(limit))).all()

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Ctx
    ) -> Any:
        query = select(Row).where(Row.owner == context["user"], Row.thread_id == thread_id)
        up, tie = order == "asc", self.tie
        if after is not None:
            mark = await self._mark(after, context)
            later: list[Any] = []
            if up:
                later.append(tie > mark.seq)
                some = [Row.created_at > mark.at, and_(Row.created_at == mark.at, *later)]
            else:
                later.append(tie < mark.seq)
                some = [Row.created_at < mark.at, and_(Row.created_at == mark.at, *later)]
            query = query.where(or_(*some))
        way = (Row.created_at.asc(), tie.asc()) if up else (Row.created_at.desc(), tie.desc())
        return (await self.db.execute(query.order_by(*way).limit(limit))).all()


class NamedInPython(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        query = select(Row).where(Row.owner == context["user"])
        few = limit < self.db.most
        late = [each.id for each in self.db.marks if each.seq > self.db.least]
        query = query.where(Row.id.not_in(late))
        if after is not None:
            mark = await self.db.mark(after, context["user"])
            if mark is None:
                raise NotFoundError(f"{after} not found")
            beyond = Row.created_at > mark.at if order == "asc" else Row.created_at < mark.at  # CKF210
            query = query.where(beyond)
        way = Row.created_at.asc() if order == "asc" else Row.created_at.desc()
        return (await self.db.execute(query.order_by(way).limit(limit if few else 100))).all()


class NamedRange(Store[Ctx], ABC):
    def __init__(self, threads: Any) -> None:
        self.threads = threads

    async def load_threads(self, limit: int, after: str | None, order: str, context: Ctx) -> Any:
        query: dict[str, Any] = {"owner": context["user"]}
        step, way = ("$gt", 1) if order == "asc" else ("$lt", -1)
        if after is not None:
            mark = await self.threads.find_one({"_id": after, "owner": context["user"]})
            if mark is None:
                raise NotFoundError(f"{after} not found")
            at = mark["created_at"]
            later = {step: mark["seq"]}
            query["$or"] = [{"created_at": {step: at}}, {"created_at": at, "seq": later}]
        return await self.threads.find(query).sort([("created_at", way), ("seq", way)]).to_list(limit)
