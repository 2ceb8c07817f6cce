from contextvars import ContextVar

import asyncpg

who: ContextVar[str] = ContextVar("who")


async def tell(conn: asyncpg.Connection) -> None:
    await conn.execute("SELECT set_config('app.who', $1, false)", who.get(""))
