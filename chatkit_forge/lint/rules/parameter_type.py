"""CKF115."""

import ast
from collections.abc import Iterator

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
        function = self.module.function_of(node) if _is_texts(node.annotation) else None
        if function is None or not isinstance(node.target, ast.Name):
            return
        numbers = self._numbers(function)
        if node.value is not None and _adds_number(node.value, numbers):
            self.report(node.value, variable=node.target.id)
        self._look(function, node.target.id, numbers)

    def visit_arg(self, node: ast.arg) -> None:
        """Look at a parameter declared as `params: list[str]`."""
        if node.annotation is not None and _is_texts(node.annotation):
            function = self.module.function_of(node)
            if function is not None and node is not function.args.vararg:
                self._look(function, node.arg, self._numbers(function))

    def _look(self, function: Function, name: str, numbers: set[str]) -> None:
        for inner in within(function, ast.Call, ast.AugAssign, nested=False):
            match inner:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=other), attr="append"), args=[value]
                ) if other == name and _is_number(value, numbers):
                    self.report(inner, variable=name)
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=other), attr="insert"), args=[_, value]
                ) if other == name and _is_number(value, numbers):
                    self.report(inner, variable=name)
                case (
                    ast.Call(
                        func=ast.Attribute(value=ast.Name(id=other), attr="extend"), args=[value]
                    )
                    | ast.AugAssign(target=ast.Name(id=other), op=ast.Add(), value=value)
                ) if other == name and _adds_number(value, numbers):
                    self.report(inner, variable=name)
                case _:
                    continue

    def _numbers(self, function: Function) -> set[str]:
        """Return the names that hold an int in a function, its class's and module's included."""
        found = {
            name for name, value in _constants(self.module.tree.body) if _is_number(value, set())
        }
        return _numbers(function, found)


def _constants(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case _:
                continue


def _is_texts(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.Name):
        return False  # most are
    match annotation:
        case ast.Subscript(value=ast.Name(id="list" | "List"), slice=ast.Name(id="str")):
            return True
        case ast.Constant(value="list[str]" | "List[str]"):
            return True
        case _:
            return False


def _adds_number(value: ast.expr, numbers: set[str]) -> bool:
    """Say whether a list or tuple that is written out holds a number."""
    match value:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return any(_is_number(each, numbers) for each in elements)
        case _:
            return False


def _numbers(function: Function, known: set[str]) -> set[str]:
    """Return the parameters and variables that hold nothing but an int."""
    declared = {parameter.arg for parameter in all_parameters(function.args)}
    found = (known - declared) | {
        parameter.arg
        for parameter in all_parameters(function.args)
        if isinstance(parameter.annotation, ast.Name) and parameter.annotation.id == "int"
    }
    assigned: dict[str, list[ast.expr]] = {}
    for node in within(function, ast.Assign, ast.AnnAssign, ast.NamedExpr):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                assigned.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                if isinstance(kind, ast.Name) and kind.id == "int":
                    found.add(name)
                else:
                    assigned.setdefault(name, []).append(kind)
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
        case ast.NamedExpr(value=inner):
            return _is_number(inner, numbers)
        case ast.IfExp(body=left, orelse=right):
            return _is_number(left, numbers) and _is_number(right, numbers)
        case ast.BoolOp(values=values):
            return all(_is_number(each, numbers) for each in values)
        case ast.BinOp(
            left=left,
            op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod(),
            right=right,
        ):
            return _is_number(left, numbers) and _is_number(right, numbers)
        case ast.Call(func=ast.Name(id="int" | "len")):
            return True
        case ast.Call(func=ast.Name(id="min" | "max"), args=args):
            return all(_is_number(argument, numbers) for argument in args)
        case _:
            return False
