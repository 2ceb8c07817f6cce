"""CKF215."""

import ast

from ..clients import clients, held_by
from ..module import Function, Module, within
from ..named_uses import calls
from ..rule import Rule, Scene
from ..values import called, given_values

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
    "subprocess.run": "asyncio.create_subprocess_exec",
    "subprocess.call": "asyncio.create_subprocess_exec",
    "subprocess.check_call": "asyncio.create_subprocess_exec",
    "subprocess.check_output": "asyncio.create_subprocess_exec",
    "os.system": "asyncio.create_subprocess_shell",
    "socket.gethostbyname": "loop.getaddrinfo",
    "socket.getaddrinfo": "loop.getaddrinfo",
    "socket.create_connection": "asyncio.open_connection",
    "smtplib.SMTP": "aiosmtplib",
    "smtplib.SMTP_SSL": "aiosmtplib",
    "urllib3.request": "httpx.AsyncClient",
    "agents.Runner.run_sync": "Runner.run",
}
# Methods of such objects that wait for somebody else.
_WAITING = frozenset({
    "aggregate", "all", "batch_get_item", "batch_write_item", "batch_writer", "bulk_write",
    "commit", "copy_object", "count", "count_documents", "create", "create_item", "decr", "delete",
    "delete_item", "delete_many", "delete_object", "delete_one", "distinct", "download_file",
    "download_fileobj", "exec", "execute", "executemany", "executescript", "exists", "expire",
    "fetchall", "fetchmany", "fetchone", "find", "find_one", "find_one_and_delete",
    "find_one_and_replace", "find_one_and_update", "first", "flush", "get", "get_item",
    "get_object", "get_one", "hdel", "head", "head_object", "hexists", "hget", "hgetall",
    "hincrby", "hkeys", "hlen", "hmget", "hmset", "hset", "hvals", "incr", "incrby", "index",
    "insert", "insert_many", "insert_one", "keys", "list_objects_v2", "llen", "lpop", "lpush",
    "lrange", "lrem", "ltrim", "merge", "mget", "mset", "one", "one_or_none", "patch", "ping",
    "post", "publish", "put", "put_item", "put_object", "query", "query_items", "query_points",
    "read_item", "refresh", "replace_item", "replace_one", "request", "retrieve", "rollback",
    "rpop", "rpush", "sadd", "scalar", "scalar_one", "scalar_one_or_none", "scalars", "scan",
    "scan_iter", "scroll", "search", "send", "set", "setex", "setnx", "sismember", "smembers",
    "srem", "stream", "transact_write_items", "update_item", "update_many", "update_one", "upload",
    "upload_file", "upload_fileobj", "upsert", "upsert_item", "zadd", "zcard", "zcount", "zrange",
    "zrangebyscore", "zrank", "zrem", "zrevrange", "zrevrangebyscore", "zrevrank", "zscore",
})  # fmt: skip
# What Django's managers and query sets do at once; each has a twin that begins with "a".
_DJANGO = frozenset({
    "aggregate", "bulk_create", "count", "create", "delete", "exists", "first", "get",
    "get_or_create", "in_bulk", "last", "latest", "update", "update_or_create",
})  # fmt: skip
_READS_ALL = frozenset({"list", "tuple", "set", "len", "bool", "sorted", "dict"})
_PLAIN = frozenset({"staticmethod", "classmethod"})


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
        """Remember which functions were reported, and which plain names may be worth a look."""
        super().__init__(scene)
        self._seen: set[ast.AST] = set()
        # Calls of what is known to block, by its name.
        found = calls(self.module)
        self._known = {n: name for name in _BLOCKING.keys() & found.keys() for n in found[name]}
        self._names = {*self.module.function_names, *self.module.names.imported, *_READS_ALL}

    def visit_module(self) -> None:
        """Look at calls of what is known to block, by its name."""
        for node, name in self._known.items():
            if isinstance(self.module.function_of(node), ast.AsyncFunctionDef):
                self.report(node, call=name, instead=_BLOCKING[name])

    def visit_Call(self, node: ast.Call) -> None:
        """Look at what is called besides."""
        if isinstance(node.func, ast.Name) and node.func.id not in self._names:
            return  # Python's own, or a class of the file
        if self._is_awaited(self.module, node):
            return
        function = self.module.function_of(node)
        if not isinstance(function, ast.AsyncFunctionDef):
            return
        if node in self._known:
            return
        helper = self._helper(self.module, node)
        if helper is not None:
            if self._blocks(*helper) and self._first(function):
                self.report(node, call=helper[0].name, instead="an asynchronous client")
            return
        shown = self._waits(self.module, node)
        if shown is not None and self._first(function):
            self.report(node, call=shown, instead="an asynchronous client")

    def visit_For(self, node: ast.For) -> None:
        """Look at a loop over Django's rows."""
        function = self.module.function_of(node)
        manager = _manager(node.iter)
        if isinstance(function, ast.AsyncFunctionDef) and manager and self._first(function):
            self.report(node.iter, call=manager, instead="async for")

    def _waits(self, module: Module, node: ast.Call) -> str | None:
        """Return what a method of a client that blocks is called as, None for other calls."""
        match node.func:
            case ast.Attribute(value=value, attr=method) if _manager(value) is not None:
                if method in _DJANGO and not self._is_awaited(module, node):
                    return f"{_manager(value)}.{method}"
                return None
            case ast.Attribute(value=value, attr=method) if method in _WAITING:
                held = held_by(value)
                known = clients(self.project, module).holds(node, held)
                if not (known or self._elsewhere(module, value)):
                    return None
                if self._is_awaited(module, node) or self._is_part(module, node):
                    return None
                if method != "execute" and _is_pipeline(module, value):
                    return None
                return f"{(held or '').lstrip('.')}.{method}"
            case ast.Attribute(value=value, attr="result") if _is_submitted(module, value):
                return "result"
            case ast.Name(id=name) if name in _READS_ALL and node.args:
                manager = _manager(node.args[0])
                return f"{name}({manager}...)" if manager else None
            case _:
                return None

    def _elsewhere(self, module: Module, value: ast.expr) -> bool:
        """Say whether `resources.redis` is such a client of another module."""
        package, _, last = (module.names.resolve(value) or "").rpartition(".")
        other = self.project.module(package, module) if package else None
        return other is not None and clients(self.project, other).has(last)

    def _is_part(self, module: Module, node: ast.Call) -> bool:
        """Say whether a call only makes what is called next: `db.query(...).filter(...)`."""
        parent = module.parents.get(node)
        held = isinstance(node.func, ast.Attribute) and node.func.attr in {"insert", "index"}
        return held and isinstance(parent, ast.Attribute)

    def _is_awaited(self, module: Module, node: ast.Call) -> bool:
        parent = module.parents.get(node)
        if isinstance(parent, ast.withitem):
            return isinstance(module.parents.get(parent), ast.AsyncWith)
        if isinstance(parent, (ast.AsyncFor, ast.comprehension)):
            return isinstance(parent, ast.AsyncFor) or bool(parent.is_async)
        return isinstance(parent, ast.Await)

    def _helper(self, module: Module, node: ast.Call) -> tuple[Function, Module] | None:
        """Return the plain function of the project that is called, with its module."""
        if isinstance(node.func, ast.Name) and not _may_be_own(module, node.func.id):
            return None
        found = called(self.project, module, node)
        if found is None:
            return None
        function, home = found
        names = {getattr(each, "id", "") for each in function.decorator_list}
        return (function, home) if names <= _PLAIN else None

    def _blocks(self, helper: Function, home: Module) -> bool:
        """Say whether a helper waits itself, in what it calls, or only makes what waits."""
        key = ("blocks", helper)
        if key not in home.known:
            home.known[key] = self._waits_within(helper, home)
        return home.known[key]

    def _waits_within(self, helper: Function, home: Module) -> bool:
        seen: set[ast.AST] = set()
        queue = [(helper, home)]
        for current, module in queue:
            if current in seen or isinstance(current, ast.AsyncFunctionDef):
                continue
            seen.add(current)
            for node in within(current, ast.Call, nested=False):
                if not isinstance(node, ast.Call):
                    continue
                known = module.names.resolve(node.func) in _BLOCKING
                if known and not self._is_awaited(module, node):
                    return True
                if self._waits(module, node) is not None:
                    return True
                inner = self._helper(module, node)
                queue += [inner] if inner is not None else []
        return False

    def _first(self, function: ast.AsyncFunctionDef) -> bool:
        """Say whether this is the first such call of a function: one finding is enough."""
        if function in self._seen:
            return False
        self._seen.add(function)
        return True


def _may_be_own(module: Module, name: str) -> bool:
    """Say whether a name may stand for a function of the project: `len` and the like do not."""
    return name in module.function_names or name in module.names.imported


def _manager(value: ast.expr) -> str | None:
    """Return the model whose rows a chain of Django's calls asks for: `Thread.objects.filter()`."""
    while isinstance(value, (ast.Call, ast.Attribute, ast.Subscript)):
        match value:
            case ast.Attribute(value=ast.Name(id=model), attr="objects") if model[:1].isupper():
                return f"{model}.objects"
            case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Subscript(value=inner):
                value = inner
            case _:
                return None
    return None


def _is_submitted(module: Module, value: ast.expr) -> bool:
    """Say whether something is the future of an executor, whose `result()` waits."""
    if isinstance(value, ast.Name):
        given = given_values(module, value)
        value = given[0] if len(given) == 1 and given[0] is not None else value
    match value:
        case ast.Call(func=ast.Attribute(attr="submit" | "run_coroutine_threadsafe")):
            return True
        case _:
            return False


def _is_pipeline(module: Module, value: ast.expr) -> bool:
    """Say whether something is a pipeline of Redis, which sends nothing before `execute()`."""
    given = given_values(module, value) if isinstance(value, ast.Name) else []
    match given:
        case [ast.Call(func=ast.Attribute(attr="pipeline"))]:
            return True
        case _:
            return False
