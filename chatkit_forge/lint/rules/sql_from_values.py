"""CKF217."""

import ast

from ..binders import value_of
from ..flow import bound
from ..module import Function, Module, within
from ..rule import Rule
from ..sql import queries
from ..sql_text import text_of
from ..store_calls import argument
from ..stores import PAGES
from ..values import called, follow

# Of SQLAlchemy: pieces of a statement that are taken as they are written.
_FRAGMENTS = frozenset({
    "sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text",
    "sqlalchemy.literal_column", "sqlalchemy.sql.literal_column", "sqlmodel.text",
})  # fmt: skip
_ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum"})


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
        return self._open(outer) if outer is not None else set()

    def _open(self, function: Function) -> set[str]:
        """Return the names of a function that hold what somebody gave it, and nobody checked."""
        arguments = (*function.args.args, *function.args.kwonlyargs)
        # The SDK hands on what a client asks for, whatever an override declares.
        wire = function.name in PAGES
        given = {a.arg for a in arguments if not self._is_closed(a, wire)} - {"self", "cls"}
        return _unchecked(function, given | self._enclosing(function), self._checked(function))

    def _is_closed(self, parameter: ast.arg, wire: bool) -> bool:
        """Say whether a parameter is declared as a number or as one of a few."""
        kind = parameter.annotation
        if not wire and kind is not None:
            _, meant = follow(self.project, self.module, kind)
            if isinstance(meant, ast.Subscript) and _is_literal(meant.value):
                return True
        if isinstance(kind, ast.Name) and kind.id in {"int", "bool", "float"}:
            return True  # whoever checks types sees to it
        name = self.module.names.resolve(kind) if kind is not None else None
        found = self.project.find_class(name, self.module) if name else None
        return found is not None and bool(found.foreign & _ENUMS)

    def _checked(self, function: Function) -> set[str]:
        """Return the names that a helper is given which refuses what is not on its list."""
        found: set[str] = set()
        for node in within(function, ast.Expr):
            match node:
                case ast.Expr(value=ast.Call(args=args) as call):
                    helper = called(self.project, self.module, call)
                    refuses = helper is not None and any(
                        isinstance(each, ast.If)
                        and isinstance(each.body[0], ast.Raise)
                        and _compared(each.test)
                        for each in within(helper[0], ast.If)
                    )
                    found |= {a.id for a in args if isinstance(a, ast.Name)} if refuses else set()
                case _:
                    continue
        return found

    def _callers(self, function: Function, name: str) -> list[tuple[ast.expr | None, ast.Call]]:
        """Return what the calls of a helper in this file give for a parameter."""
        names = [argument.arg for argument in function.args.args]
        if name not in names:
            return []
        position = names.index(name) - (1 if names[0] in {"self", "cls"} else 0)
        found: list[tuple[ast.expr | None, ast.Call]] = []
        for call in self.module.nodes(ast.Call):
            match call.func:
                case ast.Attribute(attr=word) | ast.Name(id=word) if word == function.name:
                    found.append((argument(call, position, name), call))
                case _:
                    continue
        return found

    def _is_decided(self, function: Function, name: str) -> bool:
        """Say whether the calls in this file decide what a parameter holds, and decide well.

        A piece of a statement that one of them puts together from values is reported there.
        """
        callers = self._callers(function, name)
        if not callers:
            return False
        for given, call in callers:
            caller = self.module.function_of(call)
            if (
                given is None
                or caller is None
                or caller is function
                or _is_fixed(self.module, given)
            ):
                continue
            open_names = self._open(caller)
            if isinstance(given, (ast.Name, ast.Attribute, ast.Subscript)):
                made = value_of(self.module, given) if isinstance(given, ast.Name) else None
                if made is None and _is_open(given, open_names):
                    return False
                piece = made or given
            else:
                piece = given
            text, dynamic = text_of(self.module, caller, piece)
            for value in dynamic if text is not None else ():
                if _is_open(value, open_names):
                    self.report(value, value=self.module.code(value))
        return True

    def _look(self, function: Function) -> None:
        dynamic = [
            (query.node, value)
            for query in queries(self.module, function)
            for value in query.dynamic
        ]
        seen = {value for _, value in dynamic}
        for node in within(function, ast.Call):
            if isinstance(node, ast.Call) and self.module.names.resolve(node.func) in _FRAGMENTS:
                for piece in node.args[:1]:
                    text, more = text_of(self.module, function, piece)
                    more = more if text is not None else [piece]
                    dynamic += [(node, value) for value in more if value not in seen]
        if not dynamic:
            return
        open_names = self._open(function)
        parameters = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
        read = {n.id for _, v in dynamic for n in (v, *within(v)) if isinstance(n, ast.Name)}
        decided = {n for n in open_names & parameters & read if self._is_decided(function, n)}
        open_names = self._open(function) - decided if decided else open_names
        for node, value in dynamic:
            if _is_open(value, open_names) and self.module.function_of(node) is function:
                # Where it is written, when that is in this function.
                self.report(value, value=self.module.code(value))


def _is_fixed(module: Module, value: ast.expr, depth: int = 4) -> bool:
    """Say whether an argument is written down here: a string, or a constant of the module."""
    match value:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            given = value_of(module, value) if depth else None
            return name.lstrip("_").isupper() or (
                given is not None and _is_fixed(module, given, depth - 1)
            )
        case ast.Attribute(attr=name):
            return name.lstrip("_").isupper()
        case ast.JoinedStr(values=values):
            inner = [each.value for each in values if isinstance(each, ast.FormattedValue)]
            return all(_is_fixed(module, each, depth) for each in inner)
        case ast.IfExp(body=body, orelse=other):
            return _is_fixed(module, body, depth) and _is_fixed(module, other, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_fixed(module, left, depth) and _is_fixed(module, right, depth)
        case ast.Dict(keys=keys):
            # Its keys become columns, its values are bound.
            return all(isinstance(key, ast.Constant) for key in keys)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return all(_is_fixed(module, each, depth) for each in elements)
        case _:
            return False


def _unchecked(function: Function, given: set[str], checked: set[str]) -> set[str]:
    """Return the names that hold what the caller gave, not chosen from a fixed list."""
    checked = set(checked)
    for node in within(function, ast.If, ast.Assert):
        match node:
            case ast.If(test=test, body=[ast.Raise(), *_]):
                checked |= _compared(test)
            case ast.If(test=test, body=[*_, ast.Return()]):
                checked |= _compared(test)
            case ast.If(test=test, body=[ast.Assign(targets=[ast.Name(id=name)])]):
                # `if order not in DIRECTIONS: order = "asc"`
                checked |= _compared(test) & {name}
            case ast.Assert(test=test):
                checked |= _compared(test)
            case _:
                continue
    found = given - checked
    while True:
        before = len(found)
        for node in within(
            function, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.comprehension
        ):
            match node:
                case ast.Assign(targets=targets, value=value) if _is_open(value, found):
                    found |= {name for target in targets for name in bound(target)} - checked
                case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_open(
                    value, found
                ):
                    found |= bound(target) - checked
                case ast.AugAssign(target=target, value=value) if _is_open(value, found):
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


def _is_literal(kind: ast.expr) -> bool:
    return getattr(kind, "id", getattr(kind, "attr", "")) == "Literal"


def _gone_over(target: ast.expr, source: ast.expr, names: set[str]) -> set[str]:
    """Return the names of a loop that hold something open; `values.items()` are the values."""
    match target, source:
        case _, ast.Call(
            func=ast.Attribute(value=inner, attr="items" | "keys" | "values"), args=[]
        ):
            return bound(target) if _is_open(inner, names) else set()
        case ast.Tuple(elts=targets), ast.Tuple(elts=rows) | ast.List(elts=rows):
            # Written out, each place of a row is another thing.
            return {
                name
                for row in rows
                if isinstance(row, ast.Tuple)
                for one, value in zip(targets, row.elts, strict=False)
                if _is_open(value, names)
                for name in bound(one)
            }
        case _:
            return bound(target) if _is_open(source, names) else set()


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
        case ast.IfExp(test=test, body=body, orelse=other):
            left = names - _compared(test)  # `order if order in DIRECTIONS else "asc"`
            return _is_open(body, left) or _is_open(other, left)
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
