"""CKF215."""

import ast

from ..clients import blocking, held_by
from ..module import within
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
    "aggregate", "all", "batch_writer", "bulk_write", "commit", "count_documents",
    "create_item", "delete", "delete_item", "delete_many", "delete_object", "delete_one",
    "exec", "execute", "executemany", "fetchall", "fetchone", "find", "find_one",
    "find_one_and_replace", "find_one_and_update", "flush", "get", "get_item", "get_object",
    "hdel", "head_object", "hget", "hgetall", "hset", "insert_many", "insert_one", "lrange",
    "post", "put", "put_item", "put_object", "query", "query_items", "query_points",
    "read_item", "refresh", "replace_item", "replace_one", "request", "rpush", "scalar",
    "scalars", "scan", "scroll", "search", "set", "update_item", "update_many", "update_one",
    "upload_fileobj", "upsert", "upsert_item", "zadd", "zrange", "zrevrange",
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
        helper = self._helper(node)
        if helper is not None:
            if self._blocks(helper) and self._first(function):
                self.report(node, call=helper.name, instead="an asynchronous client")
            return
        shown = self._waits(node)
        if shown is not None and self._first(function):
            self.report(node, call=shown, instead="an asynchronous client")

    def _waits(self, node: ast.Call) -> str | None:
        """Return what a method of a client that blocks is called as, None for other calls."""
        match node.func:
            case ast.Attribute(value=value, attr=method) if method in _WAITING:
                held = held_by(value)
                if held not in blocking(self.module) or self._is_awaited(node):
                    return None
                return f"{(held or '').lstrip('.')}.{method}"
            case _:
                return None

    def _is_awaited(self, node: ast.Call) -> bool:
        parent = self.module.parents.get(node)
        if isinstance(parent, ast.withitem):
            return isinstance(self.module.parents.get(parent), ast.AsyncWith)
        if isinstance(parent, (ast.AsyncFor, ast.comprehension)):
            return isinstance(parent, ast.AsyncFor) or bool(parent.is_async)
        return isinstance(parent, ast.Await)

    def _helper(self, node: ast.Call) -> ast.FunctionDef | None:
        """Return the plain method or function of this file that is called."""
        match node.func:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                owner = self.module.class_of(node)
                body = owner.body if owner is not None else []
            case ast.Name(id=name):
                body = self.module.tree.body
            case _:
                return None
        found = [f for f in body if isinstance(f, ast.FunctionDef) and f.name == name]
        return found[-1] if found and not found[-1].decorator_list else None

    def _blocks(self, helper: ast.FunctionDef) -> bool:
        """Say whether a helper waits itself, in what it calls, or only makes what waits."""
        seen: set[ast.AST] = set()
        queue = [helper]
        for current in queue:
            if current in seen:
                continue
            seen.add(current)
            for node in within(current, nested=False):
                if not isinstance(node, ast.Call):
                    continue
                if self.module.names.resolve(node.func) in _BLOCKING and not self._is_awaited(node):
                    return True
                if self._waits(node) is not None:
                    return True
                inner = self._helper(node)
                queue += [inner] if inner is not None else []
        return False

    def _first(self, function: ast.AsyncFunctionDef) -> bool:
        """Say whether this is the first such call of a function: one finding is enough."""
        if function in self._seen:
            return False
        self._seen.add(function)
        return True
