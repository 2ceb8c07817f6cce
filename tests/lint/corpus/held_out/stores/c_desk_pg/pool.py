"""The process-wide asyncpg pool.

Every statement about a customer's data runs inside `DeskPool.acting_for(customer_id)`. It opens a
transaction and sets `app.customer_id` for exactly that transaction; the policies below make all
other customers' rows invisible and unwritable, whatever the statement says. The column defaults
fill the owner in on insert, so the SQL in `store.py` never has to mention it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

OWNED_TABLES = ("desk_threads", "desk_items", "desk_attachments")

SCHEMA = """
CREATE TABLE IF NOT EXISTS desk_threads (
    customer_id text NOT NULL DEFAULT current_setting('app.customer_id'),
    id          text NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL,
    body        text NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE TABLE IF NOT EXISTS desk_items (
    customer_id text NOT NULL DEFAULT current_setting('app.customer_id'),
    thread_id   text NOT NULL,
    id          text NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL,
    body        text NOT NULL,
    PRIMARY KEY (customer_id, thread_id, id),
    FOREIGN KEY (customer_id, thread_id) REFERENCES desk_threads (customer_id, id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS desk_attachments (
    customer_id text NOT NULL DEFAULT current_setting('app.customer_id'),
    id          text NOT NULL,
    thread_id   text,
    body        text NOT NULL,
    PRIMARY KEY (customer_id, id)
);
"""

POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS only_own ON {table};
CREATE POLICY only_own ON {table}
    USING (customer_id = current_setting('app.customer_id'))
    WITH CHECK (customer_id = current_setting('app.customer_id'));
"""


class DeskPool:
    """Thin wrapper around an asyncpg pool that knows how to act for one customer.

    Args:
        dsn: Connection string, straight from the deployment's settings.
        max_size: Upper bound of open connections for this process.
        command_timeout: Seconds after which a statement is given up.
    """

    def __init__(self, dsn: str, *, max_size: int = 10, command_timeout: float = 15.0) -> None:
        self._dsn = dsn
        self._max_size = max_size
        self._command_timeout = command_timeout
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Open the pool and bring the schema up to date. Safe to call twice."""
        if self._pool is not None:
            return
        pool = await asyncpg.create_pool(
            self._dsn, max_size=self._max_size, command_timeout=self._command_timeout
        )
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute(SCHEMA)
            for table in OWNED_TABLES:
                await conn.execute(POLICY.format(table=table))
        self._pool = pool

    async def close(self) -> None:
        """Close the pool, if it is open."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    @asynccontextmanager
    async def acting_for(self, customer_id: str) -> AsyncIterator[asyncpg.Connection]:
        """A transaction that sees and writes this customer's rows only."""
        if not customer_id:
            raise PermissionError("no customer in the request context")
        if self._pool is None:
            raise RuntimeError("DeskPool.open() has not been awaited")
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute("SELECT set_config('app.customer_id', $1, true)", customer_id)
            yield conn
