"""Objects that are kept inside a record of something larger, and what puts new ones there."""

import ast
import re

from .module import Function, Module, within
from .sql import queries

Parts = list[tuple[Function, Module]]
# Operators of MongoDB that make a list or a mapping of a document longer.
_GROWS = frozenset({"$push", "$addToSet", "$concatArrays", "$mergeObjects", "$setField"})
_SQL_GROWS = re.compile(
    r"\|\||\b(jsonb?_(set|insert|patch|array_append|array_insert|merge_patch)|array_(append|cat)"
    r"|list_append)\b",
    re.I,
)
# What a statement is sent with.
_SENT = frozenset({"params", "parameters", "values", "args", "sets", "clauses", "binds", "columns"})


def embeds(parts: Parts, method: str) -> bool:
    """Say whether one of the functions that save an object puts it into a larger record."""
    if any(_grows(node) for part, _ in parts for node in within(part, ast.Dict, ast.Assign)):
        return True
    if any(_appends(part) for part, _ in parts):
        return True
    # The metadata of a thread is a part of its own row.
    return method != "save_thread" and any(
        query.verb == "UPDATE" and _SQL_GROWS.search(query.flat) is not None
        for part, module in parts
        for query in queries(module, part)
    )


def _grows(node: ast.AST) -> bool:
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                match key, value:
                    case ast.Constant(value=str(operator)), _ if operator in _GROWS:
                        return True
                    case ast.JoinedStr(), _ if _is_by_id(key):
                        return True  # {"$set": {f"items.{item.id}": ...}}
                    case ast.Constant(value="path"), ast.JoinedStr() if _is_by_id(value):
                        return True  # a patch of Cosmos
                    case ast.Constant(value="path"), ast.Constant(value=str(path)):
                        if path.endswith("/-"):
                            return True
                    case _:
                        continue
            return False
        case ast.Assign(targets=[ast.Subscript(value=base, slice=key)]) if _is_id(key):
            return _root(base) not in {"self", "cls"}
        case ast.Assign(value=ast.BinOp(op=ast.Add(), left=left, right=right)):
            return isinstance(left, ast.List) != isinstance(right, ast.List) and any(
                isinstance(each, (ast.ListComp, ast.Subscript, ast.Name)) for each in (left, right)
            )
        case _:
            return False


def _appends(function: Function) -> bool:
    """Say whether a list that was read is made longer: not one that begins here, as parameters."""
    read: set[str] = set()
    for node in within(function, ast.Assign, ast.AnnAssign):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                value = value.value if isinstance(value, ast.Await) else value
                value = value.values[0] if isinstance(value, ast.BoolOp) else value
                if isinstance(value, (ast.ListComp, ast.Call, ast.Subscript, ast.Attribute)):
                    read.add(name)
            case _:
                continue
    for node in within(function, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="append" | "insert")):
                name = _name(value)
                if isinstance(value, ast.Subscript) or (name in read and name not in _SENT):
                    return True
            case _:
                continue
    return False


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _is_by_id(text: ast.JoinedStr) -> bool:
    """Say whether a path ends in an id: `f"items.{item.id}"`."""
    last = text.values[-1] if text.values else None  # f"" has none
    return isinstance(last, ast.FormattedValue) and (
        _is_id(last.value) or any(_is_id(each) for each in within(last.value, ast.Attribute))
    )


def _is_id(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="id"):
            return True
        case ast.Name(id=name):
            return name.endswith("_id")
        case _:
            return False


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return _name(node)
