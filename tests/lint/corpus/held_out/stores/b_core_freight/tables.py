from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(schema="freight")


def _shipper_column() -> sa.Column[str]:
    return sa.Column("shipper", sa.Text(collation="C"), primary_key=True)


threads = sa.Table(
    "chat_threads",
    metadata,
    _shipper_column(),
    sa.Column("id", sa.Text(collation="C"), primary_key=True),
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("instant_us", sa.BigInteger, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
items = sa.Table(
    "chat_items",
    metadata,
    _shipper_column(),
    sa.Column("thread_id", sa.Text(collation="C"), primary_key=True),
    sa.Column("id", sa.Text(collation="C"), primary_key=True),
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("instant_us", sa.BigInteger, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
attachments = sa.Table(
    "chat_attachments",
    metadata,
    _shipper_column(),
    sa.Column("id", sa.Text(collation="C"), primary_key=True),
    sa.Column("thread_id", sa.Text(collation="C"), index=True),
    sa.Column("document", sa.Text, nullable=False),
)
