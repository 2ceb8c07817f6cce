"""Tables of the invoice assistant (SQLAlchemy core, one shared metadata)."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData(schema="assistant")

threads = Table(
    "threads",
    metadata,
    Column("account_id", String(64), nullable=False),
    Column("id", String(80), nullable=False),
    Column("seq", BigInteger, Identity(always=True), unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "id"),
)

items = Table(
    "items",
    metadata,
    Column("account_id", String(64), nullable=False),
    Column("thread_id", String(80), nullable=False),
    Column("id", String(80), nullable=False),
    Column("seq", BigInteger, Identity(always=True), unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "thread_id", "id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("account_id", String(64), nullable=False),
    Column("thread_id", String(80)),
    Column("body", Text, nullable=False),
)
