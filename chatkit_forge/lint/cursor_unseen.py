"""Columns that a page goes on by whose names cannot be seen: parameters, `table.c[name]`."""

import ast

from .module import Module
from .names import last_name

# Stands among the columns that are compared for one that is known to be there, but not by name.
UNSEEN = "?"
_CONDITIONS = frozenset({"where", "filter", "having", "and_", "or_", "case"})
_LOOKUPS = ("__lt", "__gt", "__lte", "__gte")


def is_condition(module: Module, node: ast.Compare) -> bool:
    """Say whether a comparison is part of what a query asks for, and not of what Python decides."""
    inside: ast.AST = node
    for parent in module.ancestors(node):
        match parent:
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
                return True
            case ast.Call(func=func) if inside is not func and last_name(func) in _CONDITIONS:
                return True
            case ast.IfExp(test=test) if inside is test:
                return False
            case ast.stmt():
                return False
            case _:
                inside = parent
    return False


def is_unseen_lookup(key: ast.expr) -> bool:
    """Say whether a field of Django's is compared whose name is put in: f"{field}__lt"."""
    match key:
        case ast.JoinedStr(values=[*_, ast.FormattedValue(), ast.Constant(value=str(text))]):
            return text.endswith(_LOOKUPS)
        case ast.JoinedStr(values=[*_, ast.FormattedValue()]) | ast.Name():
            return True
        case ast.BinOp(right=right):
            return not isinstance(right, ast.Constant) or str(right.value).endswith(_LOOKUPS)
        case _:
            return False
