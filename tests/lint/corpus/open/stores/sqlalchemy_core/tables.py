"""The tables, and the one statement that differs between PostgreSQL and SQLite."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

metadata = MetaData()

# SQLite numbers rows by itself only in a column of exactly INTEGER.
Sequence = BigInteger().with_variant(Integer, "sqlite")

threads = Table(
    "threads",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("owner", String(255), nullable=False),
    Column("id", String(255), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("owner", "id"),
)

items = Table(
    "items",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("owner", String(255), nullable=False),
    Column("thread_id", String(255), nullable=False),
    Column("id", String(255), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("owner", "thread_id", "id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("owner", String(255), nullable=False),
    Column("id", String(255), nullable=False),
    Column("thread_id", String(255)),
    Column("body", Text, nullable=False),
    UniqueConstraint("owner", "id"),
)


def upsert(dialect: str, table: Table, keys: Iterable[str], values: dict[str, Any]) -> Insert:
    """Insert a row, or update the one of the same keys; the keys always start with the owner."""
    keys = list(keys)
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(table).values(**values)
    changed = {name: statement.excluded[name] for name in values if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
