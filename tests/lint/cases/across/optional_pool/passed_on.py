from abc import ABC
from typing import Any

import asyncpg
from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self.conn: Any | None = None

    async def open(self) -> None:
        self.conn = await asyncpg.connect("x")

    async def count(self) -> int:
        cur = await self.conn.cursor()  # CKF111
        await cur.execute("SELECT count(*) FROM users")
        return (await cur.fetchone())[0]
