"""Which names hold what somebody gave, unchecked, and which arguments are written down."""

import ast

from .binders import value_of
from .flow import bound
from .module import Function, Module, within


def is_fixed(module: Module, value: ast.expr, depth: int = 4) -> bool:
    """Say whether an argument is written down here: a string, or a constant of the module."""
    match value:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            given = value_of(module, value) if depth else None
            return name.lstrip("_").isupper() or (
                given is not None and is_fixed(module, given, depth - 1)
            )
        case ast.Attribute(attr=name):
            return name.lstrip("_").isupper()
        case ast.JoinedStr(values=values):
            inner = [each.value for each in values if isinstance(each, ast.FormattedValue)]
            return all(is_fixed(module, each, depth) for each in inner)
        case ast.IfExp(body=body, orelse=other):
            return is_fixed(module, body, depth) and is_fixed(module, other, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_fixed(module, left, depth) and is_fixed(module, right, depth)
        case ast.Dict(keys=keys):
            # Its keys become columns, its values are bound.
            return all(isinstance(key, ast.Constant) for key in keys)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return all(is_fixed(module, each, depth) for each in elements)
        case _:
            return False


def unchecked(function: Function, given: set[str], checked: set[str]) -> set[str]:
    """Return the names that hold what the caller gave, not chosen from a fixed list."""
    checked = set(checked)
    for node in within(function, ast.If, ast.Assert):
        match node:
            case ast.If(test=test, body=[ast.Raise(), *_]):
                checked |= compared(test)
            case ast.If(test=test, body=[*_, ast.Return()]):
                checked |= compared(test)
            case ast.If(test=test, body=[ast.Assign(targets=[ast.Name(id=name)])]):
                # `if order not in DIRECTIONS: order = "asc"`
                checked |= compared(test) & {name}
            case ast.Assert(test=test):
                checked |= compared(test)
            case _:
                continue
    found = given - checked
    while True:
        before = len(found)
        for node in within(
            function, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.comprehension
        ):
            match node:
                case ast.Assign(targets=targets, value=value) if is_open(value, found):
                    found |= {name for target in targets for name in bound(target)} - checked
                case ast.AnnAssign(target=target, value=ast.expr() as value) if is_open(
                    value, found
                ):
                    found |= bound(target) - checked
                case ast.AugAssign(target=target, value=value) if is_open(value, found):
                    found |= bound(target)
                case (
                    ast.For(target=target, iter=source)
                    | ast.comprehension(target=target, iter=source)
                ):
                    found |= _gone_over(target, source, found) - checked
                case _:
                    continue
        if len(found) == before:
            return found


def _gone_over(target: ast.expr, source: ast.expr, names: set[str]) -> set[str]:
    """Return the names of a loop that hold something open; `values.items()` are the values."""
    match target, source:
        case _, ast.Call(
            func=ast.Attribute(value=inner, attr="items" | "keys" | "values"), args=[]
        ):
            return bound(target) if is_open(inner, names) else set()
        case ast.Tuple(elts=targets), ast.Tuple(elts=rows) | ast.List(elts=rows):
            # Written out, each place of a row is another thing.
            return {
                name
                for row in rows
                if isinstance(row, ast.Tuple)
                for one, value in zip(targets, row.elts, strict=False)
                if is_open(value, names)
                for name in bound(one)
            }
        case _:
            return bound(target) if is_open(source, names) else set()


def compared(test: ast.expr) -> set[str]:
    """Return the names that a test holds against a list or against constants."""
    found: set[str] = set()
    for node in (test, *within(test)):
        match node:
            case ast.Compare(ops=[ast.NotIn() | ast.In() | ast.NotEq(), *_]):
                found |= {each.id for each in within(node) if isinstance(each, ast.Name)}
            case ast.Call(
                func=ast.Attribute(attr="match" | "fullmatch" | "isidentifier" | "isalnum")
            ):
                found |= {each.id for each in within(node) if isinstance(each, ast.Name)}
            case _:
                continue
    return found


def is_open(value: ast.expr, names: set[str]) -> bool:
    """Say whether an expression hands on what the caller gave."""
    match value:
        case ast.Name(id=name):
            return name in names
        case ast.Attribute(value=inner) | ast.Subscript(value=inner, slice=ast.Constant()):
            return is_open(inner, names)
        case ast.IfExp(test=test, body=body, orelse=other):
            left = names - compared(test)  # `order if order in DIRECTIONS else "asc"`
            return is_open(body, left) or is_open(other, left)
        case ast.BoolOp(values=values):
            return any(is_open(each, names) for each in values)
        case ast.Call(func=ast.Attribute(value=inner, attr="upper" | "lower" | "strip"), args=[]):
            return is_open(inner, names)
        case ast.Call(
            func=ast.Attribute(value=inner, attr="replace"), args=[ast.Constant(value="'"), _]
        ):
            return is_open(inner, names)  # quoted by hand, in one dialect
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner]):
            return isinstance(inner, ast.Name) and inner.id in names and not _placeholders(inner)
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[inner]):
            return is_open(inner, names)
        case ast.Tuple(elts=elements):
            return any(is_open(each, names) for each in elements)
        case ast.BinOp(left=left, right=right):
            return is_open(left, names) or is_open(right, names)
        case ast.JoinedStr(values=values):
            inner = [each.value for each in values if isinstance(each, ast.FormattedValue)]
            return any(is_open(each, names) for each in inner)
        case _:
            return False


def _placeholders(node: ast.Name) -> bool:
    words = ("placeholder", "marks", "columns", "clauses", "conditions", "where", "parts", "sets")
    return any(word in node.id.lower() for word in words)
