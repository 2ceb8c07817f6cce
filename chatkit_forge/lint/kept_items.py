"""Writes of an item that leave alone what is stored under its id already."""

import ast
from collections.abc import Iterable, Iterator

from .document_writes import only_inserts
from .flow import mentions, words_in
from .item_names import is_id, is_whole, names_of, wholes_of
from .module import Function, Module, within
from .names import last_name

_KEEPS = frozenset({"get_or_create", "aget_or_create", "on_conflict_do_nothing"})
_WRITES = _KEEPS | {
    "setdefault", "hsetnx", "setnx", "set", "update_one", "find_one_and_update",
}  # fmt: skip


def keeps_old(
    module: Module, function: Function, item: str, others: Iterable[Function]
) -> Iterator[ast.AST]:
    """Yield the writes that leave alone what is stored under the item's id already.

    Not where one of the `others`, which run as well, changes what is there.
    """
    for node in within(function, ast.Call, ast.If):
        if isinstance(node, ast.Call) and last_name(node.func) not in _WRITES:
            continue
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault" | "hsetnx" | "setnx"), args=[*keys, value]
            ):
                if any(is_id(key, item) for key in keys) and is_whole(
                    value, wholes_of(function, item)
                ):
                    yield node
            case ast.Call(func=ast.Attribute(attr=name)) if name in _KEEPS:
                whole = _statement(module, node)
                alone = isinstance(whole, ast.Expr) and mentions(whole, names_of(function, item))
                if alone and not _updates(others):
                    yield node
            case ast.Call(func=ast.Attribute(attr="set"), args=[_, value, *_], keywords=keywords):
                if is_whole(value, wholes_of(function, item)) and any(
                    k.arg == "nx" and isinstance(k.value, ast.Constant) and k.value.value
                    for k in keywords
                ):
                    yield node
            case ast.Call(func=ast.Attribute(attr="update_one" | "find_one_and_update")):
                if (
                    only_inserts(node)
                    and mentions(node, names_of(function, item))
                    and not _updates(others)
                ):
                    yield node
            case ast.If(test=test, body=[only], orelse=[]):
                yield from _refused(function, node, test, only, item)
            case _:
                continue


def _refused(
    function: Function, node: ast.If, test: ast.expr, only: ast.stmt, item: str
) -> Iterator[ast.AST]:
    """Yield what a look into the container does about an item that is there: nothing, or raise."""
    place = _looked_into(test, item)
    if place is None:
        return
    wanted = words_in(place)
    if _is_absent(test, item):
        match only:
            case ast.Assign(targets=[ast.Subscript(value=kept)], value=value) if words_in(
                kept
            ) == wanted and is_whole(value, {item}):
                if _is_last(function, node):
                    yield only
            case _:
                return
    elif isinstance(only, ast.Raise) and any(
        isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Subscript)
        and words_in(each.targets[0].value) == wanted
        for each in within(function, ast.Assign)
    ):
        yield only


def _looked_into(test: ast.expr, item: str) -> ast.expr | None:
    """Return the container that is asked for the item's id."""
    match test:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[place]):
            return place if is_id(left, item) else None
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _looked_into(inner, item)
        case _:
            return None


def _updates(functions: Iterable[Function]) -> bool:
    """Say whether something else in these functions changes what is stored."""
    for node in (each for function in functions for each in within(function, ast.Call)):
        match node:
            case ast.Call(func=ast.Attribute(attr="update_one" | "replace_one" | "hset")):
                if not only_inserts(node):
                    return True
            case ast.Call(func=ast.Name(id="update") | ast.Attribute(attr="update")):
                return True
            case _:
                continue
    return False


def _is_absent(test: ast.expr, item: str) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.NotIn()]):
            return is_id(left, item)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.In()])):
            return is_id(left, item)
        case _:
            return False


def _is_last(function: Function, node: ast.If) -> bool:
    """Say whether nothing is stored by a key elsewhere in a function."""
    inside = set(within(node, ast.Assign))
    return not any(
        isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Subscript)
        for each in within(function, ast.Assign)
        if each not in inside
    )


def _statement(module: Module, node: ast.AST) -> ast.AST | None:
    return next((p for p in module.ancestors(node) if isinstance(p, ast.stmt)), None)
