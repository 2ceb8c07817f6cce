"""Whether somebody thinks of None for a name before it is used."""

import ast

from .module import Function, Module, within
from .names import last_name

_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "log", "print"})
# What is raised where None is reached through.
_CAUGHT = frozenset({"AttributeError", "TypeError", "Exception", "BaseException"})


def name_of(node: ast.AST | None) -> str | None:
    """Return "pool" for a name, ".pool" for `self.pool`, ".db.pool" for `self.db.pool`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=attr):
            return f".{attr}"
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=held), attr=attr):
            return f".{held}.{attr}"
        case _:
            return None


def minds(module: Module, function: Function, names: set[str], before: ast.AST | None) -> bool:
    """Say whether a function thinks of None for one of these before a node, or anywhere.

    A test, an assignment or an argument is somebody thinking of it.
    """
    for node in within(function, ast.Name, ast.Attribute):
        if name_of(node) not in names or (
            before is not None and not _is_before(module, node, before)
        ):
            continue
        if _is_thought(module, function, node):
            return True
    return before is not None and _is_caught(module, function, before)


def _is_thought(module: Module, function: Function, node: ast.AST) -> bool:
    if not isinstance(getattr(node, "ctx", None), ast.Load):
        # A plain name is declared by what it was given; an attribute is set here.
        return isinstance(node, ast.Attribute) or _is_global(function, node)
    parent = module.parents.get(node)
    match parent:
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner) if (
            inner is node
        ):
            return False
        case ast.Return() | ast.Await():
            return False
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
            return False  # another name for it
        case _:
            pass
    test = next((each for each in module.ancestors(node) if isinstance(each, _TESTS)), None)
    return not (isinstance(test, ast.If) and _only_tells(test) and _is_inside(test.test, node))


def _is_global(function: Function, node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Global) and getattr(node, "id", "") in each.names
        for each in within(function, ast.Global)
    )


def _only_tells(test: ast.If) -> bool:
    """Say whether a condition leads to a line in the log, and on as if nothing were wrong."""
    return not test.orelse and all(
        isinstance(each, ast.Expr)
        and isinstance(each.value, ast.Call)
        and isinstance(each.value.func, (ast.Attribute, ast.Name))
        and last_name(each.value.func) in _LOGS
        for each in test.body
    )


def _is_inside(outer: ast.AST, node: ast.AST) -> bool:
    return node is outer or node in within(outer, type(node))


def _is_before(module: Module, node: ast.AST, other: ast.AST) -> bool:
    """Say whether a node stands above another, on its line, or in the condition around it."""
    around = (each for each in module.ancestors(other) if isinstance(each, (ast.IfExp, ast.BoolOp)))
    last = max((getattr(each, "end_lineno", 0) for each in around), default=0)
    return getattr(node, "lineno", 0) <= max(last, getattr(other, "lineno", 0))


def _is_caught(module: Module, function: Function, node: ast.AST) -> bool:
    """Say whether somebody waits for what None raises."""
    for parent in module.ancestors(node):
        if parent is function:
            return False
        if isinstance(parent, ast.Try) and any(
            handler.type is None
            or any(
                isinstance(each, ast.Name) and each.id in _CAUGHT
                for each in (handler.type, *within(handler.type, ast.Name))
            )
            for handler in parent.handlers
        ):
            return node not in {each for h in parent.handlers for each in within(h, type(node))}
    return False
