"""Tests for whether an object is stored, behind which a save gives it up."""

import ast
from collections.abc import Callable, Set
from functools import partial

from .classes import Class
from .flow import words_in
from .left_out import WHOLE
from .module import Function, Module, within
from .stores import targets

_PACKS = ("vars", "dump", "pack", "serial", "encode", "json", "row", "doc", "record")


def refuses_when_new(store: Class, module: Module, function: Function) -> ast.AST | None:
    """Return the test that raises where the object itself is not stored yet."""
    parameters = [argument.arg for argument in function.args.args]
    if len(parameters) < 3:
        return None
    saved = parameters[1] if function.name != "save_item" else parameters[2]
    found: set[str] = set()
    is_dump = partial(_is_dump, store, function, saved)
    whole = {saved, *_dumped(function, is_dump)}
    for node in within(function, ast.Assign, ast.If):
        match node:
            case ast.Assign(targets=[ast.Name()], value=value) if _writes(value, whole, is_dump):
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _looks_up(value, saved):
                found.add(name)
                if _helper_raises(store, module, function, value):
                    return node
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if any(_is_id(each, saved) for each in within(value, ast.Attribute)):
                    found.add(name)
            case ast.If(test=test, body=body, orelse=[]) if _only_leaves(body):
                if _is_missing(test, found, saved):
                    return node
            case _:
                continue
    return None


def _helper_raises(store: Class, module: Module, function: Function, value: ast.expr) -> bool:
    """Say whether a helper that looks the object up refuses one that is not there."""
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call) or any(
        isinstance(parent, ast.Try) for parent in module.ancestors(call)
    ):
        return False
    for called, home in targets(store, function, call):
        for node in within(called):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                if (home.names.resolve(raised) or "").endswith("NotFoundError"):
                    return True
    return False


def leaves_when_new(function: Function) -> ast.If | None:
    """Return the test that leaves the method when the object is not stored yet."""
    for node in within(function, ast.If):
        match node:
            case ast.If(test=ast.UnaryOp(op=ast.Not(), operand=asked), body=body, orelse=[]) if (
                " id" in words_in(asked) and _asks_existence(asked)
            ):
                if _only_leaves(body):
                    return node
            case _:
                continue
    return None


def _only_leaves(body: list[ast.stmt]) -> bool:
    """Say whether a block leaves the method, or refuses, and does nothing but tell the log."""
    if not isinstance(body[-1], (ast.Return, ast.Raise)):
        return False
    return all(
        isinstance(each, ast.Expr)
        and isinstance(each.value, ast.Call)
        and isinstance(each.value.func, ast.Attribute)
        and each.value.func.attr in {"debug", "info", "warning", "error"}
        for each in body[:-1]
    )


def _asks_existence(asked: ast.expr) -> bool:
    """Say whether an expression asks whether something is stored, by what it calls."""
    asked = asked.value if isinstance(asked, ast.Await) else asked
    match asked:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            words = ("exist", "has", "known", "count", "find", "get", "read", "load", "ismember")
            return any(word in name.lower() for word in words)
        case _:
            return False


def _looks_up(value: ast.expr, saved: str) -> bool:
    """Say whether an expression looks for the object by its own id."""
    value = value.value if isinstance(value, ast.Await) else value
    if not isinstance(value, ast.Call):
        return False
    return any(_is_id(node, saved) for node in within(value))


def _dumped(function: Function, is_dump: Callable[[ast.expr], bool]) -> set[str]:
    """Return the names that hold all of the object in another form."""
    return {
        target.id
        for node in within(function, ast.Assign)
        if isinstance(node, ast.Assign) and is_dump(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _writes(value: ast.expr, whole: Set[str], is_dump: Callable[[ast.expr], bool]) -> bool:
    """Say whether an expression is given the object whole: what has no answer was not stored."""
    return any(
        (isinstance(each, ast.Name) and each.id in whole) or is_dump(each)
        for call in (value, *within(value, ast.Call))
        if isinstance(call, ast.Call)
        for each in (*call.args, *(keyword.value for keyword in call.keywords))
    )


def _is_dump(store: Class, function: Function, saved: str, value: ast.expr) -> bool:
    """Say whether an expression is all of the object in another form, and not its key."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if name == saved:
            return attr in WHOLE
        case ast.Call(
            func=ast.Attribute(attr=attr) | ast.Name(id=attr), args=[ast.Name(id=name), *_]
        ):
            # `adapter.dump_json(item)`, `json.dumps(packed(item))`
            if name != saved:
                return False
            if any(_makes_whole(part) for part, _ in targets(store, function, value)):
                return True
            named = attr.lower()
            return attr in WHOLE or ("key" not in named and any(word in named for word in _PACKS))
        case ast.Call(args=[ast.Call() as inner, *_]):
            return _is_dump(store, function, saved, inner)
        case _:
            return False


def _makes_whole(helper: Function) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in WHOLE
        for node in within(helper, ast.Attribute)
    )


def _is_id(node: ast.AST, saved: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="id"):
            return name == saved
        case _:
            return False


def _is_missing(test: ast.expr, found: set[str], saved: str) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant()]):
            return name in found
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            return name in found
        case ast.UnaryOp(op=ast.Not(), operand=asked):
            named = {n.id for n in within(asked, ast.Name) if isinstance(n, ast.Name)}
            ids = any(_is_id(node, saved) for node in within(asked, ast.Attribute))
            return (ids or bool(named & found)) and _asks_existence(asked)
        case ast.Compare(left=left, ops=[ast.NotIn()]):
            if isinstance(left, ast.Name):
                return left.id in found
            return any(_is_id(node, saved) for node in (left, *within(left)))
        case _:
            return False
