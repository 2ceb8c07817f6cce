import asyncio
from typing import Any

from chatkit.types import ThreadMetadata
from abc import ABC
from typing import Literal
from enum import Enum
from sqlalchemy import text, select
from psycopg import sql
from chatkit.store import Store
from chatkit.types import Page

KEPT = ThreadMetadata
DIRECTIONS = {"asc": "ASC", "desc": "DESC"}
TABLE = "threads"


async def order_as_given(pool: Any, owner: str, order: str) -> list[Any]:
    sql = f"SELECT data FROM {TABLE} WHERE owner = $1 ORDER BY created_at {order.upper()}"  # CKF217
    return await pool.fetch(sql, owner)


async def value_in_text(pool: Any, thread_id: str) -> list[Any]:
    return await pool.fetch("SELECT data FROM items WHERE thread_id = '" + thread_id + "'")  # CKF217


async def formatted(cursor: Any, owner: str) -> None:
    await cursor.execute("DELETE FROM threads WHERE owner = '{}'".format(owner))  # CKF217


async def by_percent(cursor: Any, owner: str) -> None:
    await cursor.execute("DELETE FROM threads WHERE owner = '%s'" % owner)  # CKF217


async def from_a_list(pool: Any, owner: str, order: str) -> list[Any]:
    direction = DIRECTIONS[order]
    return await pool.fetch(f"SELECT data FROM {TABLE} WHERE owner = $1 ORDER BY at {direction}", owner)


async def checked(pool: Any, owner: str, order: str) -> list[Any]:
    if order not in ("asc", "desc"):
        raise ValueError(order)
    return await pool.fetch(f"SELECT data FROM {TABLE} WHERE owner = $1 ORDER BY at {order}", owner)


async def placeholders(cursor: Any, ids: list[str]) -> None:
    marks = ", ".join("?" for _ in ids)
    await cursor.execute(f"DELETE FROM items WHERE id IN ({marks})", ids)


class Named:
    table = "threads"

    async def count(self, cursor: Any, owner: str) -> None:
        await cursor.execute(f"SELECT count(*) FROM {self.table} WHERE owner = ?", (owner,))


async def numbers(cursor: Any, owner: str, limit: int) -> None:
    await cursor.execute(f"SELECT id FROM threads WHERE owner = ? LIMIT {limit}", (owner,))


async def not_sql(bus: Any, name: str) -> None:
    await bus.execute(f"hello {name}")


KEPT = (Store, Page)
COLUMNS = ("id", "created_at")
DIRECTIONS = {"asc": "ASC", "desc": "DESC"}
SORTS = {"asc": ">", "desc": "<"}


class Way(str, Enum):
    UP = "ASC"


async def a1(session: Any, owner: str, order: str) -> Any:
    return await session.execute(text(f"SELECT data FROM threads WHERE owner = :owner ORDER BY created_at {order}"), {"owner": owner})  # CKF217


async def a2(session: Any, owner: str, order: str) -> Any:
    return await session.execute(text("SELECT data FROM threads WHERE owner = :owner ORDER BY created_at " + DIRECTIONS[order]), {"owner": owner})


async def a3(session: Any, owner: str, order: str) -> Any:
    stmt = select(1).order_by(text(f"created_at {order}"))  # CKF217
    return await session.execute(stmt)


async def a4(session: Any, owner: str, order: str) -> Any:
    stmt = select(1).where(text(f"owner = '{owner}'"))  # CKF217
    return await session.execute(stmt)


async def a5(db: Any, owner: str, ids: list[str]) -> Any:
    marks = ", ".join("?" for _ in ids)
    return await db.execute(f"SELECT data FROM items WHERE owner = ? AND id IN ({marks})", [owner, *ids])


async def a6(db: Any, owner: str, ids: list[str]) -> Any:
    quoted = ", ".join(f"'{i}'" for i in ids)  # CKF217
    return await db.execute(f"SELECT data FROM items WHERE owner = ? AND id IN ({quoted})", [owner])


async def a7(db: Any, owner: str, order: str, column: str) -> Any:
    if column not in COLUMNS:
        raise ValueError("bad column")
    way = DIRECTIONS.get(order, "ASC")
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY {column} {way}", [owner])


async def a8(db: Any, owner: str, title: str) -> Any:
    return await db.execute("SELECT data FROM threads WHERE title LIKE '%" + title + "%' AND owner = ?", [owner])  # CKF217


async def a9(db: Any, owner: str, title: str) -> Any:
    return await db.execute("SELECT data FROM threads WHERE title = '%s' AND owner = ?" % title, [owner])  # CKF217


async def a10(db: Any, owner: str, title: str) -> Any:
    return await db.execute("SELECT data FROM threads WHERE title = '{}'".format(title))  # CKF217


async def a11(db: Any, owner: str, order: str) -> Any:
    return await db.execute(sql.SQL("SELECT data FROM threads WHERE owner = %s ORDER BY at {way}").format(way=sql.SQL(order)), [owner])  # CKF217


async def a12(db: Any, owner: str, table: str) -> Any:
    return await db.execute(sql.SQL("SELECT data FROM {table} WHERE owner = %s").format(table=sql.Identifier(table)), [owner])


async def a13(db: Any, owner: str, order: Literal["asc", "desc"]) -> Any:
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY at {order}", [owner])


async def a14(db: Any, owner: str, limit: int) -> Any:
    return await db.execute(f"SELECT data FROM items WHERE owner = ? LIMIT {limit}", [owner])


async def a15(db: Any, owner: str, way: Way) -> Any:
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY at {way.value}", [owner])


async def a16(db: Any, context: dict[str, Any]) -> Any:
    return await db.execute(f"SELECT data FROM items WHERE owner = '{context['user_id']}'")  # CKF217


async def a17(db: Any, context: dict[str, Any], order: str) -> Any:
    order = "DESC" if order == "desc" else "ASC"
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY at {order}", [context["user"]])


async def a18(db: Any, context: dict[str, Any], order: str) -> Any:
    order = order.upper()
    assert order in ("ASC", "DESC")
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY at {order}", [context["user"]])


async def a19(db: Any, context: dict[str, Any], order: str) -> Any:
    order = order.upper()
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY at {order}", [context["user"]])  # CKF217


def _direction(order: str) -> str:
    if order not in ("asc", "desc"):
        raise ValueError("order")
    return order.upper()


async def a20(db: Any, context: dict[str, Any], order: str) -> Any:
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY at {_direction(order)}", [context["user"]])


async def a21(db: Any, context: dict[str, Any], order: str) -> Any:
    match order:
        case "asc":
            way = "ASC"
        case "desc":
            way = "DESC"
        case _:
            raise ValueError("order")
    return await db.execute(f"SELECT data FROM items WHERE owner = ? ORDER BY at {way}", [context["user"]])


async def a22(db: Any, user: str, fields: dict[str, Any]) -> Any:
    sets = ", ".join(f"{name} = ?" for name in fields)  # CKF217
    await db.execute(f"UPDATE threads SET {sets} WHERE owner = ?", [*fields.values(), user])


class Pieces(Store[dict[str, Any]], ABC):
    TABLE = "threads"

    def __init__(self, pool: Any, table: str = "chat_threads", schema: str = "public") -> None:
        self.pool = pool
        self.table = table
        self.name = f"{schema}.{table}"

    async def c1(self, owner: str) -> Any:
        return await self.pool.fetch(f"SELECT data FROM {self.table} WHERE owner = $1", owner)

    async def c2(self, owner: str, order: str, after: str | None) -> Any:
        comparison, direction = (">", "ASC") if order == "asc" else ("<", "DESC")
        return await self.pool.fetch(f"SELECT data FROM {self.name} WHERE owner = $1 AND seq {comparison} $2 ORDER BY seq {direction}", owner, after)

    async def c3(self, owner: str, order: str) -> Any:
        return await self._select("WHERE owner = $1 ORDER BY at " + order, owner)  # CKF217

    async def _select(self, tail: str, *values: Any) -> Any:
        return await self.pool.fetch(f"SELECT data FROM {self.table} {tail}", *values)

    async def c4(self, owner: str, order: str) -> Any:
        return await self._rows(f"WHERE owner = $1 ORDER BY at {'ASC' if order == 'asc' else 'DESC'}", owner)

    async def _rows(self, tail: str, *values: Any) -> Any:
        return await self.pool.fetch(f"SELECT data FROM {self.table} {tail}", *values)

    async def c5(self, owner: str, order: str) -> Any:
        self._check(order)
        return await self.pool.fetch(f"SELECT data FROM threads WHERE owner = $1 ORDER BY at {order}", owner)

    def _check(self, order: str) -> None:
        if order not in {"asc", "desc"}:
            raise ValueError("order")

    async def c6(self, owner: str, ids: list[str]) -> Any:
        marks = ", ".join(f"${n}" for n, _ in enumerate(ids, 2))
        return await self.pool.fetch(f"SELECT data FROM threads WHERE owner = $1 AND id IN ({marks})", owner, *ids)

    async def c7(self, owner: str, after: str | None) -> Any:
        where = ["owner = $1"]
        if after:
            where.append(f"id > '{after}'")  # CKF217
        return await self.pool.fetch(f"SELECT data FROM threads WHERE {' AND '.join(where)}", owner)

    async def c8(self, owner: str, after: str | None) -> Any:
        where = ["owner = $1"]
        values = [owner]
        if after:
            values.append(after)
            where.append(f"id > ${len(values)}")
        return await self.pool.fetch(f"SELECT data FROM threads WHERE {' AND '.join(where)}", *values)

    async def c9(self, owner: str, thread_id: str) -> Any:
        query = "SELECT c.body FROM c WHERE c.owner = '%s' AND c.thread = '%s'" % (owner, thread_id)  # CKF217, CKF217
        return [d async for d in self.container.query_items(query=query)]

    async def c10(self, owner: str, limit: int | None) -> Any:
        tail = f" LIMIT {int(limit)}" if limit else ""
        return await self.pool.fetch("SELECT data FROM threads WHERE owner = $1" + tail, owner)


async def dropped(db: Any, owner: str, thread_id: str) -> None:
    for table, key, value in (("items", "thread_id", thread_id), ("threads", "id", thread_id)):
        await db.execute(f"DELETE FROM {table} WHERE owner = ? AND {key} = ?", (owner, value))
    for table, name in (("items", owner), ("threads", thread_id)):
        await db.execute(f"DELETE FROM {table} WHERE id = '{name}'")  # CKF217


class InThreads:
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def run(self, statement: str, **values: Any) -> Any:
        def work() -> Any:
            with self.engine.begin() as connection:
                return connection.execute(text(statement), values).all()

        return await asyncio.to_thread(work)

    async def ask(self, question: str) -> Any:
        paged = f"{question} LIMIT 20"

        def work() -> Any:
            with self.engine.begin() as connection:
                return connection.execute(text(paged)).all()  # CKF217

        return await asyncio.to_thread(work)

    async def threads(self, owner: str, order: str, after: str | None) -> Any:
        compare, direction = ("<", "DESC") if order == "desc" else (">", "ASC")
        condition = f" AND id {compare} :after" if after else ""
        return await self.run(
            f"SELECT data FROM threads WHERE owner = :owner{condition} ORDER BY id {direction}", owner=owner, after=after
        )

    async def asked(self, owner: str, word: str) -> Any:
        return await self.ask(word if owner else f"SELECT data FROM threads WHERE title = '{word}'")


class Chained:
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def one(self, table: str, key: str) -> Any:
        return await self.pool.fetchrow(f"SELECT * FROM {table} WHERE id = $1", key)

    async def checked(self, table: str, key: str) -> Any:
        return await self.one(table, key)

    async def thread(self, key: str) -> Any:
        return await self.checked("threads", key)

    async def two(self, place: str, key: str) -> Any:
        return await self.pool.fetchrow(f"SELECT * FROM {place} WHERE id = $1", key)  # CKF217

    async def asked(self, place: str, key: str) -> Any:
        return await self.two(place, key)


async def sorted_by(pool: Any, owner: str, order: str, tail: str) -> Any:
    if order:
        way = order.upper()  # CKF217
    else:
        way = "ASC"
    query = f"SELECT data FROM threads WHERE owner = $1 ORDER BY at {way}"
    query += tail  # CKF217
    return await pool.fetch(query, owner)


async def quoted_by_hand(pool: Any, owner: str, status: str) -> Any:
    quoted = status.replace("'", "''")
    return await pool.fetch(f"SELECT data FROM threads WHERE owner = $1 AND status = '{quoted}'", owner)  # CKF217
