"""Columns that a page goes on by whose names cannot be seen: parameters, `table.c[name]`."""

import ast

from .module import Function, Module, within
from .names import last_name

# Stands among the columns that are compared for one that is known to be there, but not by name.
UNSEEN = "?"
_CONDITIONS = frozenset({"where", "filter", "having", "and_", "or_", "case"})
_LOOKUPS = ("__lt", "__gt", "__lte", "__gte")


def is_condition(module: Module, node: ast.expr) -> bool:
    """Say whether an expression is part of what a query asks for, and not of what Python decides.

    Also by the name that it is given, and by the list that it is put into.
    """
    inside: ast.AST = node
    is_itself = True  # and not what a call makes of it
    for parent in module.ancestors(node):
        match parent:
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
                return True
            case ast.Call(func=func) if inside is not func and last_name(func) in _CONDITIONS:
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name() as kept, attr="append" | "extend")):
                return is_itself and inside is not parent.func and _is_used_so(module, kept)
            case ast.IfExp(test=test) if inside is test:
                return False
            case (
                ast.Assign(targets=[ast.Name() as kept])
                | ast.AnnAssign(target=ast.Name() as kept)
                | ast.AugAssign(target=ast.Name() as kept)
            ):
                return is_itself and _is_used_so(module, kept)
            case ast.stmt():
                return False
            case _:
                is_itself = is_itself and not isinstance(parent, (ast.Call, ast.comprehension))
                inside = parent
    return False


def _is_used_so(module: Module, kept: ast.Name) -> bool:
    """Say whether what a name of a function holds is used in a condition."""
    function = module.function_of(kept)
    if function is None:
        return False
    known: dict[str, bool] = module.known.setdefault(("names in conditions", function), {})
    if kept.id not in known:
        known[kept.id] = False  # a name that is given itself
        known[kept.id] = any(is_condition(module, each) for each in _reads(module, function, kept))
    return known[kept.id]


def _reads(module: Module, function: Function, kept: ast.Name) -> list[ast.Name]:
    """Return where a function reads a name, and not something of what it holds."""
    key = ("reads of names", function)
    if key not in module.known:
        found: dict[str, list[ast.Name]] = {}
        for each in within(function, ast.Name):
            if isinstance(module.parents.get(each), ast.Attribute):
                continue
            match each:
                case ast.Name(id=name, ctx=ast.Load()):
                    found.setdefault(name, []).append(each)
                case _:
                    continue
        module.known[key] = found
    return module.known[key].get(kept.id, [])


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
