"""CKF215."""

import ast

from ..clients import blocking, held_by
from ..rule import Rule, Scene

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


# Methods of such objects that wait for somebody else.
_WAITING = frozenset({
    "aggregate", "all", "commit", "count_documents", "delete", "delete_many", "delete_object",
    "delete_one", "exec", "execute", "executemany", "fetchall", "fetchone", "find", "find_one",
    "get", "get_object", "head_object", "hget", "hset", "insert_one", "post", "put", "put_object",
    "query", "query_points", "replace_one", "request", "scalar", "scalars", "scroll", "search",
    "set", "update_one", "upload_fileobj", "upsert",
})  # fmt: skip


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

    def __init__(self, scene: Scene) -> None:
        """Remember which functions were reported."""
        super().__init__(scene)
        self._seen: set[ast.AST] = set()

    def visit_Call(self, node: ast.Call) -> None:
        """Look at one call."""
        name = self.module.names.resolve(node.func)
        function = self.module.function_of(node)
        if not isinstance(function, ast.AsyncFunctionDef):
            return
        if name in _BLOCKING:
            self.report(node, call=name, instead=_BLOCKING[name])
            return
        match node.func:
            case ast.Attribute(value=value, attr=method) if method in _WAITING:
                held = held_by(value)
                awaited = isinstance(self.module.parents.get(node), ast.Await)
                if held in blocking(self.module) and not awaited and self._first(function):
                    shown = f"{(held or '').lstrip('.')}.{method}"
                    self.report(node, call=shown, instead="an asynchronous client")
            case _:
                return

    def _first(self, function: ast.AsyncFunctionDef) -> bool:
        """Say whether this is the first such call of a function: one finding is enough."""
        if function in self._seen:
            return False
        self._seen.add(function)
        return True
