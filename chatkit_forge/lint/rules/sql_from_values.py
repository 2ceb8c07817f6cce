"""CKF217."""

import ast

from ..flow import bound
from ..module import Function, within
from ..rule import Rule
from ..sql import queries
from ..store_calls import argument


class SqlFromValues(Rule):
    """Find values that are written into the text of a statement instead of being bound.

    `order` and `limit` come from clients as they are. A value inside the text can end the
    statement and begin another one. A direction chosen from a fixed list is fine.

    Bad:
        from typing import Any

        from chatkit.types import ThreadMetadata

        KEPT = ThreadMetadata


        async def newest(pool: Any, owner: str, order: str) -> list[Any]:
            return await pool.fetch(
                f"SELECT data FROM threads WHERE owner = $1 ORDER BY created_at {order}", owner
            )

    Good:
        from typing import Any

        from chatkit.types import ThreadMetadata

        KEPT = ThreadMetadata


        async def newest(pool: Any, owner: str, order: str) -> list[Any]:
            direction = "DESC" if order == "desc" else "ASC"
            return await pool.fetch(
                f"SELECT data FROM threads WHERE owner = $1 ORDER BY created_at {direction}", owner
            )

    Source: OWASP, SQL Injection; the wire accepts any `order`.
    """

    code = "CKF217"
    name = "sql-from-values"
    message = "{value} is written into the statement's text"
    hint = "bind it as a parameter, or choose it from a fixed list"

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Look at what a function sends."""
        self._look(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at what a function sends."""
        self._look(node)

    def _enclosing(self, function: Function) -> set[str]:
        """Return what the functions around this one were given and did not check."""
        outer = self.module.function_of(function)
        if outer is None:
            return set()
        arguments = (*outer.args.args, *outer.args.kwonlyargs)
        given = {a.arg for a in arguments if not _is_number(a)} - {"self", "cls"}
        return _unchecked(outer, given | self._enclosing(outer))

    def _fixed(self, function: Function, name: str) -> bool:
        """Say whether every call of a helper in this file gives a constant for a parameter."""
        names = [argument.arg for argument in function.args.args]
        if name not in names:
            return False
        position = names.index(name) - (1 if names[0] in {"self", "cls"} else 0)
        given: list[ast.expr | None] = []
        for call in self.module.nodes(ast.Call):
            match call.func:
                case ast.Attribute(attr=called) | ast.Name(id=called) if called == function.name:
                    given.append(argument(call, position, name))
                case _:
                    continue
        return bool(given) and all(g is not None and _is_fixed(g) for g in given)

    def _look(self, function: Function) -> None:
        dynamic = [
            (query, value) for query in queries(self.module, function) for value in query.dynamic
        ]
        if not dynamic:
            return
        arguments = (*function.args.args, *function.args.kwonlyargs)
        given = {a.arg for a in arguments if not _is_number(a)} - {"self", "cls"}
        given |= self._enclosing(function)
        given -= {name for name in given if self._fixed(function, name)}
        open_names = _unchecked(function, given)
        for query, value in dynamic:
            if _is_open(value, open_names) and self.module.function_of(query.node) is function:
                # Where it is written, when that is in this function.
                self.report(value, value=self.module.code(value))


def _is_fixed(value: ast.expr) -> bool:
    """Say whether an argument is written down here: a string, or a constant of the module."""
    match value:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name.lstrip("_").isupper()
        case ast.Attribute(attr=name):
            return name.lstrip("_").isupper()
        case ast.JoinedStr(values=values):
            inner = [each.value for each in values if isinstance(each, ast.FormattedValue)]
            return all(_is_fixed(each) for each in inner)
        case ast.IfExp(body=body, orelse=other):
            return _is_fixed(body) and _is_fixed(other)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_fixed(left) and _is_fixed(right)
        case _:
            return False


def _is_number(argument: ast.arg) -> bool:
    """Say whether a parameter is declared as a number: whoever checks types sees to it."""
    return isinstance(argument.annotation, ast.Name) and argument.annotation.id in {"int", "bool"}


def _unchecked(function: Function, given: set[str]) -> set[str]:
    """Return the names that hold what the caller gave, not chosen from a fixed list."""
    checked: set[str] = set()
    for node in within(function, ast.If, ast.Assert):
        match node:
            case ast.If(test=test, body=[ast.Raise(), *_]):
                checked |= _compared(test)
            case ast.If(test=test, body=[*_, ast.Return()]):
                checked |= _compared(test)
            case ast.Assert(test=test):
                checked |= _compared(test)
            case _:
                continue
    found = given - checked
    while True:
        before = len(found)
        for node in within(function, ast.Assign, ast.AugAssign):
            match node:
                case ast.Assign(targets=targets, value=value) if _is_open(value, found):
                    found |= {name for target in targets for name in bound(target)} - checked
                case ast.AugAssign(target=target, value=value) if _is_open(value, found):
                    found |= bound(target)
                case _:
                    continue
        if len(found) == before:
            return found


def _compared(test: ast.expr) -> set[str]:
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


def _is_open(value: ast.expr, names: set[str]) -> bool:
    """Say whether an expression hands on what the caller gave."""
    match value:
        case ast.Name(id=name):
            return name in names
        case ast.Attribute(value=inner) | ast.Subscript(value=inner, slice=ast.Constant()):
            return _is_open(inner, names)
        case ast.IfExp(body=body, orelse=other):
            return _is_open(body, names) or _is_open(other, names)
        case ast.BoolOp(values=values):
            return any(_is_open(each, names) for each in values)
        case ast.Call(func=ast.Attribute(value=inner, attr="upper" | "lower" | "strip"), args=[]):
            return _is_open(inner, names)
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner]):
            return isinstance(inner, ast.Name) and inner.id in names and not _placeholders(inner)
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[inner]):
            return _is_open(inner, names)
        case ast.Tuple(elts=elements):
            return any(_is_open(each, names) for each in elements)
        case ast.BinOp(left=left, right=right):
            return _is_open(left, names) or _is_open(right, names)
        case ast.JoinedStr(values=values):
            inner = [each.value for each in values if isinstance(each, ast.FormattedValue)]
            return any(_is_open(each, names) for each in inner)
        case _:
            return False


def _placeholders(node: ast.Name) -> bool:
    words = ("placeholder", "marks", "columns", "clauses", "conditions", "where", "parts", "sets")
    return any(word in node.id.lower() for word in words)
