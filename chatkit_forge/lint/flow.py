"""What flows from a parameter into other names of a function, and where it is used in earnest."""

import ast
from collections.abc import Iterable, Iterator

from .annotations import words
from .module import Function, within
from .names import last_name
from .stores import names_in

_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "print"})
# What gives a name a value, or something to hold.
_BINDINGS = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.withitem, ast.For, ast.AsyncFor,
    ast.comprehension, ast.Call,
)  # fmt: skip


def tainted(function: Function, sources: Iterable[str]) -> set[str]:
    """Return the names that hold something made from these, the sources included."""
    found = set(sources)
    flows = [flow for node in within(function, *_BINDINGS) for flow in _flows(node)]
    while True:
        before = len(found)
        for targets, read in flows:
            if not found.isdisjoint(read):
                found |= targets
        if len(found) == before:
            return found


def _flows(node: ast.AST) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the names that a node gives a value, and those that the value is made from."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(
            targets
        ) == len(values):
            for target, value in zip(targets, values, strict=True):
                yield bound(target), names_in(value)
        case ast.Assign(targets=targets, value=value):
            yield {name for target in targets for name in bound(target)}, names_in(value)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.AugAssign(target=target, value=value)
            | ast.NamedExpr(target=target, value=value)
            | ast.withitem(context_expr=value, optional_vars=ast.expr() as target)
            | ast.For(target=target, iter=value)
            | ast.AsyncFor(target=target, iter=value)
            | ast.comprehension(target=target, iter=value)
        ):
            yield bound(target), names_in(value)
        case ast.Call(
            func=ast.Attribute(
                value=ast.Name(id=name), attr="append" | "extend" | "insert" | "add"
            ),
            args=args,
        ):
            yield {name}, {each for argument in args for each in names_in(argument)}
        case _:
            return


def bound(target: ast.expr) -> set[str]:
    """Return the names that an assignment to this target gives a value."""
    match target:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return {name}
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return {name for element in elements for name in bound(element)}
        case _:
            return set()


def mentions(node: ast.AST, names: set[str]) -> bool:
    """Say whether a node reads one of these names."""
    if isinstance(node, ast.Name):
        return node.id in names
    inner = within(node, ast.Name)
    return any(isinstance(each, ast.Name) and each.id in names for each in inner)


def words_in(node: ast.AST) -> str:
    """Return the names, attributes and strings of a node with blanks between them."""
    return " ".join(words(node))


def is_used(function: Function, names: set[str]) -> bool:
    """Say whether one of the names decides something: given to a call that is no logging,
    compared, used as a key, or part of what is returned.
    """
    for node in within(function, ast.Call, ast.Compare, ast.Subscript, ast.Return, ast.Dict):
        match node:
            case ast.Call(func=func, args=args, keywords=keywords):
                word = last_name(func)
                given = [*args, *(keyword.value for keyword in keywords)]
                if word not in _LOGS and any(mentions(each, names) for each in given):
                    return True
            case ast.Compare() if mentions(node, names):
                return True
            case ast.Subscript(slice=key) if mentions(key, names):
                return True
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Load()) if name in names:
                # `context["pool"]`: what comes of it is a name of its own, or used at once.
                continue
            case ast.Return(value=ast.expr() as value) if mentions(value, names):
                return True
            case ast.Dict(values=values) if any(mentions(value, names) for value in values):
                return True
            case _:
                continue
    return False
