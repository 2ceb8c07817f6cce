"""Statements of one shipper: everything the store runs is built here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chatkit.store import NotFoundError

MAX_PAGE = 200


@dataclass(frozen=True)
class Dispatcher:
    """Request context: who is asking, taken from the verified session."""

    shipper: str
    request_id: str


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def mine(table: sa.Table, who: Dispatcher, **keys: str) -> list[sa.ColumnElement[bool]]:
    """The WHERE of every statement in this module: the shipper first, then the keys."""
    if not isinstance(who.shipper, str) or not who.shipper:
        raise PermissionError("no shipper in the request context")
    return [table.c.shipper == who.shipper, *(table.c[name] == value for name, value in keys.items())]


def upsert(table: sa.Table, who: Dispatcher, values: dict[str, Any]) -> sa.Executable:
    mine(table, who)  # refuses an empty shipper
    keys = [column.name for column in table.primary_key]
    row = {"shipper": who.shipper, **values}
    statement = pg_insert(table).values(**row)
    changed = {name: statement.excluded[name] for name in row if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


async def page(
    conn: AsyncConnection,
    table: sa.Table,
    scope: Sequence[sa.ColumnElement[bool]],
    after: str | None,
    limit: int,
    order: str,
    noun: str,
) -> tuple[list[str], str | None]:
    if order not in ("asc", "desc"):
        raise ValueError(f"order must be asc or desc, not {order!r}")
    if limit < 1:
        raise ValueError("limit must be positive")
    limit = min(limit, MAX_PAGE)
    newest_first = order == "desc"
    place = sa.tuple_(table.c.instant_us, table.c.seq)
    query = sa.select(table.c.id, table.c.document).where(*scope)
    if after is not None:
        found = await conn.execute(
            sa.select(table.c.instant_us, table.c.seq).where(*scope, table.c.id == after)
        )
        mark = found.one_or_none()
        if mark is None:
            raise NotFoundError(f"{noun} {after} not found")
        edge = sa.tuple_(
            sa.literal(mark.instant_us, sa.BigInteger), sa.literal(mark.seq, sa.BigInteger)
        )
        query = query.where(place < edge if newest_first else place > edge)
    direction = sa.desc if newest_first else sa.asc
    query = query.order_by(direction(table.c.instant_us), direction(table.c.seq)).limit(limit + 1)
    rows = (await conn.execute(query)).all()
    shown = rows[:limit]
    return [row.document for row in shown], shown[-1].id if len(rows) > limit else None
