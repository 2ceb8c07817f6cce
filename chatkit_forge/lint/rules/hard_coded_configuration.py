"""CKF401."""

import ast
import re

from ..rule import Rule

_URL = re.compile(r"^(postgres(ql)?|mysql|mariadb|mongodb|redis|sqlite)(\+\w+)?(\+srv)?://\S+$")
_DRIVERS = frozenset({
    "asyncpg.create_pool", "asyncpg.connect", "aiomysql.create_pool", "aiomysql.connect",
    "aiosqlite.connect", "psycopg.AsyncConnection.connect", "psycopg.connect",
    "psycopg_pool.AsyncConnectionPool", "psycopg_pool.ConnectionPool", "pymongo.AsyncMongoClient",
    "pymongo.MongoClient", "motor.motor_asyncio.AsyncIOMotorClient", "redis.asyncio.from_url",
    "redis.asyncio.Redis.from_url", "sqlalchemy.create_engine",
    "sqlalchemy.ext.asyncio.create_async_engine", "sqlmodel.create_engine",
})  # fmt: skip


class HardCodedConfiguration(Rule):
    """Find database addresses that are written into the code that connects.

    The same code then cannot run in a test, on a colleague's machine and in production. A default
    beside the environment's value is fine.

    Bad:
        import asyncpg
        from chatkit.store import NotFoundError


        async def connect() -> asyncpg.Pool:
            return await asyncpg.create_pool("postgresql://chat@db:5432/chat")


        KEPT = NotFoundError

    Good:
        import os

        import asyncpg
        from chatkit.store import NotFoundError


        async def connect() -> asyncpg.Pool:
            return await asyncpg.create_pool(os.environ["DATABASE_URL"])


        KEPT = NotFoundError

    Source: the twelve-factor app, III. Config.
    """

    code = "CKF401"
    name = "hard-coded-configuration"
    severity = "warning"
    message = "the database's address is written into the code"
    hint = "read it from the environment, or from settings"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at a call that connects."""
        if self.module.names.resolve(node.func) not in _DRIVERS:
            return
        values = [
            *node.args[:1],
            *(k.value for k in node.keywords if k.arg in {"dsn", "url", "host"}),
        ]
        for value in values:
            constant = self._constant(value)
            if constant is not None and _URL.match(constant):
                self.report(value)

    def _constant(self, value: ast.expr) -> str | None:
        """Return the string, also behind a name that the module gives it once."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
        if not isinstance(value, ast.Name):
            return None
        found = [
            node.value
            for node in self.module.nodes(ast.Assign)
            if any(isinstance(t, ast.Name) and t.id == value.id for t in node.targets)
        ]
        match found:
            case [ast.Constant(value=str(text))]:
                return text
            case _:
                return None
