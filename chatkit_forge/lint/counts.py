"""Tests of how many rows a statement met."""

import ast
import operator
from collections.abc import Callable

_OPERATORS: dict[type[ast.cmpop], Callable[[int, int], bool]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


def holds_for_none(test: ast.expr) -> bool | None:
    """Say whether a test of a count is true where no row was met; None where it cannot be told."""
    match test:
        case ast.Compare(ops=[ast.In() | ast.NotIn() as op], comparators=[other]) if isinstance(
            other, (ast.Tuple, ast.Set, ast.List)
        ):
            numbers = [_number(each) for each in other.elts]
            return None if None in numbers else (0 in numbers) is isinstance(op, ast.In)
        case ast.Compare(ops=[op], comparators=[other]) if type(op) in _OPERATORS:
            number = _number(other)
            return None if number is None else _OPERATORS[type(op)](0, number)
        case _:
            return None


def _number(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
        case _:
            return None
