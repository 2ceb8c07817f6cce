from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
VERSIONS = "CREATE TABLE IF NOT EXISTS items (owner TEXT, id TEXT, thread_id TEXT, data TEXT)"


class Database:
    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def create(self) -> None:
        await self.connection.executescript(SCHEMA)

    async def run(self, sql: str, *args: object) -> None:
        await self.connection.execute(sql, args)
