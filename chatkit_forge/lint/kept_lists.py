"""Lists that are kept somewhere, and what is put at their end."""

import ast
import re
from collections.abc import Iterator

from .flow import words_in
from .item_names import is_made_of
from .module import Function, Module, within
from .values import given_values

# What the order of a thread's items is kept in.
_ORDER = re.compile(r"order|ids\b|index|sequence|item|message", re.I)
_LISTS = (ast.List, ast.ListComp)


def listed_again(module: Module, function: Function, item: str) -> Iterator[ast.Call]:
    """Yield what puts the item's id at the end of a thread's order, whether it is there or not."""
    names = {argument.arg for argument in function.args.args}
    if item not in names or any(
        isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn, ast.NotEq))
        for node in within(function, ast.Compare)
    ):
        return
    for node in within(function, ast.Call):
        match node:
            case ast.Call(
                func=ast.Attribute(value=place, attr="append"),
                args=[ast.Attribute(value=ast.Name(id=name), attr="id")],
            ) if name == item and _ORDER.search(words_in(place)):
                around = any(isinstance(p, (ast.If, ast.Try)) for p in module.ancestors(node))
                if "thread" in words_in(place) and not around:
                    yield node
            case _:
                continue


def is_kept(module: Module, function: Function, place: ast.expr, depth: int = 3) -> bool:
    """Say whether a list is kept somewhere, and not made here."""
    match place:
        case ast.Name() if depth:
            values = given_values(module, place)
            return bool(values) and all(
                value is not None and is_kept(module, function, value, depth - 1)
                for value in values
            )
        case ast.Attribute(value=ast.Name(id="self")):
            return True
        case ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return not isinstance(inner, ast.Name) or _is_given(module, function, inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="setdefault" | "get")):
            return is_kept(module, function, inner, depth) or isinstance(inner, ast.Subscript)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"))):
            return True  # a helper's list, to which nobody would add for nothing
        case _:
            return False


def _is_given(module: Module, function: Function, name: ast.Name) -> bool:
    """Say whether a thing comes from elsewhere: an answer, no dictionary written down here."""
    values = given_values(module, name)
    return all(
        isinstance(value, (ast.Call, ast.Await, ast.Subscript, ast.Attribute)) for value in values
    ) and bool(values)


def is_longer(value: ast.expr, names: set[str]) -> bool:
    """Say whether a value is a list with the item at its end: `[*items, item]`."""
    match value:
        case ast.List(elts=[ast.Starred(value=old), last]):
            return is_made_of(last, names) and not isinstance(old, _LISTS)
        case ast.BinOp(left=old, op=ast.Add(), right=ast.List(elts=[last])):
            return is_made_of(last, names) and not isinstance(old, _LISTS)
        case _:
            return False
