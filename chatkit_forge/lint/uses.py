"""Whether what a function is given decides anything, or is only checked, logged and handed on."""

import ast

from .annotations import all_parameters
from .module import Function, Module, within
from .names import last_name
from .project import Project
from .values import called

_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "log", "print", "bind"})
# Of the store itself: they say whether something is there, and change nothing.
_LOOKS = frozenset({"load_item", "load_thread"})
_DEPTH = 3
# What a function does with a name, or where nothing is done with it.
_USES = (ast.Name, ast.Call, ast.Assign, ast.Expr, ast.If, ast.Assert)


def ignoring(
    project: Project, module: Module, function: Function, name: str, depth: int = _DEPTH
) -> tuple[Function, Module] | None:
    """Return the function that drops a parameter of this one: itself, or a helper that takes it.

    None when the parameter decides something, or when nobody can see what becomes of it.
    """
    names = {name}
    dropped: tuple[Function, Module] | None = None
    idle: set[ast.AST] = set()
    for node in within(function, *_USES):
        if node in idle:
            continue
        if isinstance(node, ast.Name):
            if node.id in names and isinstance(node.ctx, ast.Load):
                return None
            continue
        match node:
            case ast.Call(func=func) if last_name(func) in _LOGS or last_name(func) == "locals":
                if last_name(func) == "locals":
                    return None
                idle |= set(within(node))
            case ast.If() if _only_checks(node):
                # `if order not in (...)`: it was checked, which is no use of it.
                idle |= {each for each in within(node) if not isinstance(each, ast.Call)}
            case ast.Assert(test=test):
                idle |= {test, *within(test)}
            case ast.Assign(targets=[ast.Name(id=target)], value=value):
                if target == "_" or (_only(value, names) and target in names):
                    idle |= {value, *within(value)}
            case ast.Expr(value=ast.Await(value=ast.Call(func=ast.Attribute(attr=word)))) if (
                word in _LOOKS
            ):
                idle |= set(within(node))
            case ast.Call() if depth and _hands(node, name):
                found = called(project, module, node)
                taken = _taken(found[0], node, name) if found is not None else None
                if found is None or taken is None or found[0] is function:
                    continue
                inner = ignoring(project, found[1], found[0], taken, depth - 1)
                if inner is not None:
                    idle |= {each for each in within(node, ast.Name) if _is(each, name)}
                    # A helper that only checks is no page that ignores it.
                    if not _checks(found[0], taken):
                        dropped = inner
            case _:
                continue
    return dropped or (function, module)


def _only_checks(node: ast.If) -> bool:
    """Say whether a condition leads to nothing but a refusal, and keeps nothing of what it asks."""
    # `any(each.id == after for each in rows)` may move an iterator on to the cursor.
    if within(node.test, ast.NamedExpr, ast.GeneratorExp):
        return False
    match node.test, node.body[0]:
        case (ast.Compare(ops=[ast.IsNot()]) | ast.Name(), ast.Raise()):
            return False  # a store of one page, which refuses every cursor
        case _:
            pass
    for statement in (*node.body, *node.orelse):
        match statement:
            case ast.Raise():
                continue
            case ast.Expr(value=ast.Await(value=ast.Call(func=ast.Attribute(attr=word)))):
                if word not in _LOOKS:
                    return False
            case ast.If() if _only_checks(statement):
                continue
            case _:
                return False
    return True


def _only(value: ast.expr, names: set[str]) -> bool:
    """Say whether a value is made of the name itself: `limit = min(limit, 200)`."""
    return any(isinstance(each, ast.Name) and each.id in names for each in within(value, ast.Name))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _hands(call: ast.Call, name: str) -> bool:
    """Say whether a call is given a name as it is."""
    return any(_is(each, name) for each in call.args) or any(
        _is(keyword.value, name) for keyword in call.keywords
    )


def _taken(function: Function, call: ast.Call, name: str) -> str | None:
    """Return the parameter of a function that a call gives a name as it is, None when unseen."""
    arguments = function.args
    if arguments.vararg or arguments.kwarg or function.decorator_list:
        return None
    if any(isinstance(each, ast.Starred) for each in call.args):
        return None
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    for parameter, value in zip(names, call.args, strict=False):
        if _is(value, name):
            return parameter
    every = {a.arg for a in all_parameters(arguments)}
    for keyword in call.keywords:
        if _is(keyword.value, name) and keyword.arg in every:
            return keyword.arg
    return None


def _checks(function: Function, name: str) -> bool:
    """Say whether a function refuses what it does not like about a parameter."""
    return any(
        isinstance(node, ast.If)
        and isinstance(node.body[0], ast.Raise)
        and any(_is(each, name) for each in within(node.test, ast.Name))
        for node in within(function, ast.If)
    ) or any(
        any(_is(each, name) for each in within(node, ast.Name))
        for node in within(function, ast.Assert)
    )
