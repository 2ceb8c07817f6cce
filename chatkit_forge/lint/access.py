"""Where a store touches its data: statements, calls of drivers, dictionaries, files."""

import ast
from collections.abc import Iterator

from .classes import Class
from .containers import held, kept_here, named
from .module import Function, Module, within
from .orm_rows import row_calls
from .sql import EXECUTES, queries

_DOCUMENTS = frozenset({
    "find", "find_one", "insert_one", "insert_many", "replace_one", "update_one", "update_many",
    "delete_one", "delete_many", "find_one_and_update", "find_one_and_replace", "aggregate",
    "find_one_and_delete", "count_documents", "read_item", "query_items", "upsert_item",
    "create_item", "replace_item", "delete_item", "put_item", "get_item", "hget", "hset", "hgetall",
    "hdel", "hvals", "hmget", "hexists", "zadd", "zrange", "zrevrange", "zrem", "lpush", "rpush",
    "lrange", "smembers", "sadd", "merge", "refresh", "query", "distinct", "patch_item",
    "update_item", "zrangebyscore", "zrevrangebyscore", "zrangebylex", "zrevrangebylex", "zscore",
    "read_text", "read_bytes", "write_text", "write_bytes", "rmtree",
})  # fmt: skip
_CERTAIN = EXECUTES | _DOCUMENTS
# Too common to mean anything but on something that is called like a database.
_COMMON = frozenset({
    "get", "set", "delete", "pop", "add", "all", "values", "items", "setdefault", "mget", "exists",
    "unlink", "keys", "document",
})  # fmt: skip
_DATABASES = (
    "session", "redis", "db", "client", "conn", "cursor", "collection", "container", "table",
    "pipe", "database", "firestore", "path", "file",
)  # fmt: skip


def accesses(store: Class, function: Function, module: Module) -> Iterator[ast.AST]:
    """Yield the places in a function that read or change stored data."""
    dictionaries = held(store) | kept_here(store, module)
    sent: set[ast.AST] = {query.node for query in queries(module, function)}
    sent.update(row_calls(store.project, module, function))
    for node in within(function, ast.Call, ast.Subscript, ast.Compare):
        if node in sent:
            yield node
            continue
        if isinstance(node, ast.Call):
            func = node.func
            if isinstance(func, ast.Attribute):
                name = func.attr
                if name in _CERTAIN or (name in _COMMON and _is_data(func.value, dictionaries)):
                    yield node
            elif isinstance(func, ast.Name) and func.id == "open":
                yield node
            continue
        match node:
            case ast.Subscript(value=value) if named(value) in dictionaries:
                yield node
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[value]) if (
                named(value) in dictionaries
            ):
                yield node
            case _:
                continue


def is_composed(module: Module, function: Function, node: ast.AST) -> bool:
    """Say whether a function itself says what is asked for, and does not only pass it on."""
    if any(query.node is node for query in queries(module, function)):
        return True
    names = {n.id for n in within(node, ast.Name) if isinstance(n, ast.Name)}
    places = [node]
    for each in within(function, ast.Assign, ast.AnnAssign):
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                places.append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                places += [value] if name in names else []
            case _:
                continue
    composing = (ast.Dict, ast.JoinedStr, ast.Compare, ast.keyword)
    return any(
        isinstance(place, (ast.Dict, ast.JoinedStr, ast.Subscript)) or within(place, *composing)
        for place in places
    )


def _is_data(value: ast.expr, dictionaries: set[str]) -> bool:
    return _is_database(value) or named(value) in dictionaries


def _is_database(value: ast.expr) -> bool:
    while isinstance(value, (ast.Attribute, ast.Name, ast.Call, ast.Subscript)):
        if isinstance(value, (ast.Call, ast.Subscript)):
            value = value.func if isinstance(value, ast.Call) else value.value
            continue
        name = value.attr if isinstance(value, ast.Attribute) else value.id
        if any(word in name.lower() for word in _DATABASES):
            return True
        if isinstance(value, ast.Name):
            return False
        value = value.value
    return False
