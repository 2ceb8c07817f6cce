"""CKF115."""

import ast

from ..annotations import all_parameters
from ..module import Function, within
from ..rule import Rule


class ParameterType(Rule):
    """Find numbers put into lists of query parameters that were declared as lists of strings.

    The driver sends what it is given: a text where a number belongs is an error on PostgreSQL,
    and elsewhere an order by text, in which 10 comes before 9.

    Bad:
        from chatkit.types import ThreadMetadata


        def newest(owner: str, limit: int) -> tuple[str, list[str]]:
            params: list[str] = [owner]
            params.append(limit)
            return "SELECT data FROM users WHERE owner = ? LIMIT ?", params


        KEPT = ThreadMetadata

    Good:
        from chatkit.types import ThreadMetadata


        def newest(owner: str, limit: int) -> tuple[str, list[str | int]]:
            params: list[str | int] = [owner]
            params.append(limit)
            return "SELECT data FROM users WHERE owner = ? LIMIT ?", params


        KEPT = ThreadMetadata

    Source: pyright's reportArgumentType.
    """

    code = "CKF115"
    name = "parameter-type"
    message = "{variable} is a list[str], and an int is appended to it"
    hint = "declare it list[str | int]"

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Look at `params: list[str] = ...` inside a function."""
        match node:
            case ast.AnnAssign(
                target=ast.Name(id=name),
                annotation=ast.Subscript(
                    value=ast.Name(id="list" | "List"), slice=ast.Name(id="str")
                ),
            ):
                function = self.module.function_of(node)
            case _:
                return
        if function is None:
            return
        numbers = _numbers(function)
        for inner in within(function, nested=False):
            match inner:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=other), attr="append"), args=[value]
                ) if other == name and _is_number(value, numbers):
                    self.report(inner, variable=name)
                case _:
                    continue


def _numbers(function: Function) -> set[str]:
    """Return the parameters and variables that hold nothing but an int."""
    found = {
        parameter.arg
        for parameter in all_parameters(function.args)
        if isinstance(parameter.annotation, ast.Name) and parameter.annotation.id == "int"
    }
    assigned: dict[str, list[ast.expr]] = {}
    for node in within(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assigned.setdefault(name, []).append(value)
            case _:
                continue
    for name, values in assigned.items():
        if all(_is_number(value, found) for value in values):
            found.add(name)
        else:
            found.discard(name)
    return found


def _is_number(value: ast.expr, numbers: set[str]) -> bool:
    match value:
        case ast.Constant(value=constant):
            return isinstance(constant, int) and not isinstance(constant, bool)
        case ast.Name(id=name):
            return name in numbers
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _is_number(left, numbers) and _is_number(right, numbers)
        case ast.Call(func=ast.Name(id="int" | "len")):
            return True
        case ast.Call(func=ast.Name(id="min" | "max"), args=args):
            return all(_is_number(argument, numbers) for argument in args)
        case _:
            return False
