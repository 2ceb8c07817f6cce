"""Functions and tests that refuse what is not there for the owner."""

import ast
import re

from .access import accesses
from .calls import Callee
from .classes import Class
from .flow import words_in
from .module import Module, within
from .owner_sql import OWNER

_ASKED_FOR = re.compile(r"thread|item|attach|file|row|record|found|key")


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


def refuses_asker(module: Module, node: ast.Raise) -> bool:
    """Say whether an exception is for who did not say who he is, and for nothing he asked for."""
    if isinstance(node.exc, ast.Call):
        options = [k.value for k in node.exc.keywords if k.arg == "status_code"]
        for status in (*node.exc.args[:1], *options):
            if re.search(r"\b40[13]\b|_40[13]_", module.code(status)):
                return True
    match module.parents.get(node):
        case ast.If(test=test, body=body) if node in body:
            words = words_in(test).lower()
            return ("context" in words or OWNER.search(words) is not None) and _ASKED_FOR.search(
                words
            ) is None
        case _:
            return False
