"""The names that what an expression finds is given to."""

import ast
from collections.abc import Iterator

from .module import Module, within


def results(module: Module, node: ast.AST) -> frozenset[str]:
    """Return the names that what an expression finds is given to."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.expr) and not isinstance(parent, ast.NamedExpr):
            child = parent
            continue
        match parent:
            case ast.Assign(targets=targets):
                return frozenset(n for target in targets for n in _names(target))
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return frozenset(_names(target))
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                return frozenset(_names(target)) if value is child else frozenset()
            case ast.withitem(optional_vars=ast.expr() as target):
                return frozenset(_names(target))
            case ast.comprehension(target=target, iter=value) if value is child:
                return frozenset(_names(target))
            case ast.stmt():
                return frozenset()
            case _:
                child = parent
    return frozenset()


def results_of(node: ast.Assign) -> set[str]:
    """Return the names that an assignment gives a value."""
    return {name for target in node.targets for name in _names(target)}


def _names(target: ast.expr) -> Iterator[str]:
    for each in (target, *within(target, ast.Name)):
        if isinstance(each, ast.Name):
            yield each.id
