"""Columns of rows that are changed in place, by their own name or another."""

import ast
from collections.abc import Sequence

from .calls import callees
from .classes import Class
from .module import Function, Module, within
from .session_rows import Rows

_CHANGES = frozenset(
    {"update", "append", "setdefault", "extend", "pop", "clear", "remove", "insert"}
)
_CHANGING = (ast.Assign, ast.AugAssign, ast.Call, ast.Delete)
# Whose row, which column, and whether by a key.
Change = tuple[str, str, bool]
Aliases = dict[str, tuple[str, str]]


def changing(module: Module, function: Function) -> Sequence[ast.AST]:
    """Return what may change a value in place, or hand a column to who does; in most, nothing."""
    key = ("changing", function)
    if key not in module.known:
        nodes = within(function, *_CHANGING)
        module.known[key] = [n for n in nodes if changes(n) or _handed(n)]
    return module.known[key]


def _changed_in(module: Module, function: Function) -> Sequence[ast.AST]:
    """Return what may change a value in place in a helper, which many functions may call."""
    key = ("changed in", function)
    if key not in module.known:
        module.known[key] = [node for node in changing(module, function) if changes(node)]
    return module.known[key]


def changes(node: ast.AST) -> bool:
    """Say whether a node may change a value in place itself."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript)
    return True


def _handed(node: ast.AST) -> tuple[ast.Attribute, ast.Name] | None:
    """Return what a call is given first, and whose it is, where that may be a row's column."""
    if isinstance(node, ast.Call) and node.args:
        first = node.args[0]
        if isinstance(first, ast.Attribute) and isinstance(first.value, ast.Name):
            return first, first.value
    return None


def aliases_of(function: Function, rows: Rows) -> Aliases:
    """Return the variables that are a row's column itself, or a part of it.

    Not those that are written by a statement, nor of a column that is given a new value later.
    """
    found: Aliases = {}
    renewed: set[tuple[str, str]] = set()
    written: set[str] = set()
    for node in within(function, ast.Assign, ast.AnnAssign, ast.Call):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                place = _place(value, found)
                if place is not None and place[0] in rows:
                    found[name] = place
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id=row), attr=column)], value=value
            ) if not isinstance(value, ast.Name) or value.id not in found:
                renewed.add((row, column))
            case ast.Call(func=ast.Attribute(attr="values" | "execute"), args=args, keywords=words):
                for each in (*args, *(keyword.value for keyword in words)):
                    for name in (each, *within(each, ast.Name)):
                        written |= {name.id} if isinstance(name, ast.Name) else set()
            case _:
                continue
    return {n: place for n, place in found.items() if place not in renewed and n not in written}


def _place(value: ast.expr, aliases: Aliases) -> tuple[str, str] | None:
    """Return the row and column that an expression is, or is a part of, itself and no copy."""
    while True:
        match value:
            case (
                ast.BoolOp(values=[inner, *_]) | ast.Subscript(value=inner) | ast.IfExp(body=inner)
            ):
                value = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="get" | "setdefault")):
                value = inner
            case ast.Attribute(value=ast.Name(id=row), attr=column):
                return row, column
            case ast.Name(id=name):
                return aliases.get(name)
            case _:
                return None


def changed_by(node: ast.AST, aliases: Aliases) -> Change | None:
    """Return the row and the column that a node changes in place, and whether by a key."""
    match node:
        case (
            ast.Assign(targets=[ast.Subscript(value=place)])
            | ast.Delete(targets=[ast.Subscript(value=place)])
            | ast.AugAssign(target=ast.Subscript(value=place))
        ):
            by_key = True
        case ast.AugAssign(
            target=ast.Attribute() | ast.Name() as place, op=ast.BitOr() | ast.Add(), value=value
        ) if isinstance(value, (ast.Dict, ast.DictComp, ast.List, ast.ListComp)):
            # A dictionary or a list takes it in, and is assigned to itself.
            by_key = True
        case ast.Call(func=ast.Attribute(value=place, attr=name)) if name in _CHANGES:
            by_key = False
        case _:
            return None
    found = _place(place, aliases)
    return (*found, by_key) if found is not None else None


def goes_on(module: Module, node: ast.AST) -> bool:
    """Say whether what a change answers is changed at once: `row.data.setdefault(k, []).append`."""
    match module.parents.get(node):
        case ast.Attribute(attr=name):
            return name in _CHANGES
        case _:
            return False


def changed_for(store: Class, owner: Class, module: Module, node: ast.AST) -> Change | None:
    """Return the column that is handed to a helper of the project which changes it."""
    handed = _handed(node)
    if handed is None or not isinstance(node, ast.Call):
        return None
    column, row = handed
    for each in callees(store, owner, module, node):
        names = {n for n, v in each.given if v is column}
        for inner in _changed_in(each.module, each.function) if names else ():
            changed = changed_by(inner, {name: (name, "") for name in names})
            if changed is not None and changed[0] in names and not changed[1]:
                return row.id, column.attr, changed[2]
    return None
