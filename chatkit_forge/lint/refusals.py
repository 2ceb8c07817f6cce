"""Functions and tests that refuse what is not there for the owner."""

import ast

from .access import accesses
from .calls import Callee
from .classes import Class
from .module import within


def refuses(store: Class, callee: Callee) -> bool:
    """Say whether a function raises for what the owner does not have."""
    for function, module in callee.reached(store):
        for node in within(function, ast.Raise):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                name = (module.names.resolve(raised) or "").rpartition(".")[2]
                if name not in {"PermissionError", "ValueError", "TypeError", "RuntimeError"}:
                    return True
                if name == "PermissionError" and finds(store, callee):
                    return True
    return False


def finds(store: Class, callee: Callee) -> bool:
    """Say whether a function looks at stored data."""
    return any(
        next(accesses(store, function, module), None) is not None
        for function, module in callee.reached(store)
    )


def is_denied(test: ast.expr) -> bool:
    """Say whether a test asks for what is missing: `row is None`, `not rows`."""
    match test:
        case ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[ast.Is() | ast.NotIn() | ast.Eq()]):
            return True
        case ast.BoolOp(values=values):
            return any(is_denied(value) for value in values)
        case _:
            return False
