from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from asyncpg.pool import PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Caller:
    firm_user: str
    locale: str = "en"


class CallerSessions:
    """Hands out connections inside a transaction that row level security has narrowed to one caller."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def acting_as(self, caller: Caller) -> AsyncIterator[PoolConnectionProxy]:
        if not caller.firm_user:
            raise PermissionError("a caller is required")
        async with self._pool.acquire() as conn, conn.transaction():
            # is_local=true: the setting ends with the transaction, so it never leaks to the pool's next user
            await conn.execute("SELECT set_config('app.firm_user', $1, true)", caller.firm_user)
            yield conn
