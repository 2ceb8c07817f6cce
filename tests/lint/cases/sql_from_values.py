from typing import Any

from chatkit.types import ThreadMetadata

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
