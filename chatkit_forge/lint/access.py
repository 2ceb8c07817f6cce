"""Where a store touches its data: statements, calls of drivers, dictionaries of its own."""

import ast
from collections.abc import Iterator

from .classes import Class
from .module import Function, within
from .sql import EXECUTES, queries

_DOCUMENTS = frozenset({
    "find", "find_one", "insert_one", "insert_many", "replace_one", "update_one", "update_many",
    "delete_one", "delete_many", "find_one_and_update", "find_one_and_replace", "aggregate",
    "find_one_and_delete", "count_documents", "read_item", "query_items", "upsert_item",
    "create_item", "replace_item", "delete_item", "put_item", "get_item", "hget", "hset", "hgetall",
    "hdel", "hvals", "zadd", "zrange", "zrevrange", "zrem", "lpush", "rpush",
    "lrange", "smembers", "sadd", "merge", "refresh", "query",
})  # fmt: skip
# Too common to mean anything but on something that is called like a database.
_COMMON = frozenset({"get", "set", "delete", "pop", "add", "all", "values", "items", "setdefault"})
_DATABASES = (
    "session",
    "redis",
    "db",
    "client",
    "conn",
    "cursor",
    "collection",
    "container",
    "table",
)
_DICTS = frozenset({"dict", "defaultdict", "OrderedDict", "TTLCache"})


def accesses(store: Class, function: Function) -> Iterator[ast.AST]:
    """Yield the places in a function that read or change stored data."""
    dictionaries = held(store)
    module = next((o.module for o in store.lineage if function in o.own.values()), store.module)
    sent = {query.node for query in queries(module, function)}
    for node in within(function, ast.Call, ast.Subscript, ast.Compare):
        if node in sent:
            yield node
            continue
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                certain = name in EXECUTES or name in _DOCUMENTS
                if certain or (name in _COMMON and _is_data(value, dictionaries)):
                    yield node
            case ast.Subscript(value=value) if _holds(value, dictionaries):
                yield node
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[value]) if _holds(
                value, dictionaries
            ):
                yield node
            case _:
                continue


def held(store: Class) -> set[str]:
    """Return the attributes of a store that are dictionaries or lists from the start."""
    found: set[str] = set()
    for owner in store.lineage:
        for function in owner.own.values():
            for node in within(function) if function.name == "__init__" else ():
                match node:
                    case ast.Assign(
                        targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
                    ) if _is_container(value):
                        found.add(name)
                    case ast.AnnAssign(
                        target=ast.Attribute(value=ast.Name(id="self"), attr=name),
                        value=ast.expr() as value,
                    ) if _is_container(value):
                        found.add(name)
                    case _:
                        continue
    return found


def _is_container(value: ast.expr) -> bool:
    match value:
        case ast.Dict() | ast.List() | ast.DictComp():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _DICTS or name == "list"
        case ast.Call(func=ast.Subscript(value=ast.Name(id=name))):
            return name in _DICTS
        case _:
            return False


def _holds(value: ast.expr, dictionaries: set[str]) -> bool:
    match value:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name in dictionaries
        case ast.Subscript(value=inner):
            return _holds(inner, dictionaries)
        case _:
            return False


def _is_data(value: ast.expr, dictionaries: set[str]) -> bool:
    return _is_database(value) or _holds(value, dictionaries)


def _is_database(value: ast.expr) -> bool:
    while isinstance(value, (ast.Attribute, ast.Name)):
        name = value.attr if isinstance(value, ast.Attribute) else value.id
        if any(word in name.lower() for word in _DATABASES):
            return True
        if isinstance(value, ast.Name):
            return False
        value = value.value
    return False
