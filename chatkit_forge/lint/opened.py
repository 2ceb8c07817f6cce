"""Connections of SQLite that a store opens itself, and what holds them."""

import ast
from collections.abc import Iterator

from .binders import value_of
from .calls import callees
from .classes import Class
from .flow import words_in
from .module import Function, Module, within
from .names import dotted
from .stores import reached
from .values import attributes

Parts = list[tuple[Function, Module]]
_OPENS = frozenset({"sqlite3.connect", "aiosqlite.connect"})
_CONNECTIONS = frozenset({"commit", "cursor", "rollback"})


def opens_itself(store: Class, parts: Parts) -> bool:
    """Say whether deleting a thread, or making the store, opens the connection that is used."""
    begun = store.method("__init__")
    made = reached(store, begun[0]) if begun is not None else []
    if not any(map(_may_open, {module for _, module in (*parts, *made)})):
        return False
    return any(_opened(module, part) for part, module in (*parts, *made)) and not any(
        _is_handed(store, name) for part, _ in parts for name in _used(part)
    )


def is_opening(module: Module, node: ast.AST) -> bool:
    """Say whether a node is the call that opens a connection."""
    return isinstance(node, ast.Call) and module.names.resolve(node.func) in _OPENS


def is_sending(name: str) -> bool:
    """Say whether a method of this name sends a connection of SQLite a statement."""
    return name.startswith("execute")


def holders(store: Class, module: Module, part: Function) -> set[str]:
    """Return the names in a function that may hold a connection."""
    found = set(_used(part))
    for each in (*part.args.posonlyargs, *part.args.args, *part.args.kwonlyargs):
        if each.annotation is not None and "Connection" in words_in(each.annotation):
            found.add(each.arg)
    for node in within(part, ast.Assign, ast.withitem):
        match node:
            case ast.withitem(optional_vars=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=[target], value=value) if _is_opened(store, module, value):
                found.add(dotted(target) or "")
            case _:
                continue
    return found


def _used(part: Function) -> Iterator[str]:
    """Yield what a function sends statements to."""
    for node in within(part, ast.Attribute):
        match node:
            case ast.Attribute(value=value, attr=name) if is_sending(name) or name in _CONNECTIONS:
                held = dotted(value)
                if held is not None:
                    yield held
            case _:
                continue


def _is_opened(store: Class, module: Module, value: ast.expr) -> bool:
    calls = [each for each in (value, *within(value, ast.Call)) if isinstance(each, ast.Call)]
    return any(
        is_opening(module, each)
        or any(_opened(one.module, one.function) for one in callees(store, None, module, each))
        for each in calls
    )


def _opened(module: Module, part: Function) -> bool:
    return any(is_opening(module, node) for node in within(part, ast.Call))


def _may_open(module: Module) -> bool:
    key = ("may open", None)
    if key not in module.known:
        module.known[key] = "sqlite" in module.text
    return module.known[key]


def _is_handed(store: Class, held: str) -> bool:
    """Say whether an attribute may hold a connection that others opened."""
    first, _, rest = held.partition(".")
    name = rest.partition(".")[0]
    if first not in {"self", "cls"} or not name or store.method(name) is not None:
        return False
    given = [(value, module) for each, value, module in attributes(store) if each == name]
    return not given or any(_may_be_other(module, value) for value, module in given)


def _may_be_other(module: Module, value: ast.expr | None) -> bool:
    meant = value_of(module, value) if isinstance(value, ast.Name) else value
    meant = meant.value if isinstance(meant, ast.Await) else meant
    return not isinstance(meant, ast.Call) and not (
        isinstance(meant, ast.Constant) and meant.value is None
    )
