"""CKF217."""

import ast
from collections.abc import Set
from functools import cached_property

from ..binders import value_of
from ..module import Function, within
from ..open_values import compared, is_fixed, is_open, unchecked
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

    @cached_property
    def _may_write(self) -> bool:
        """Say whether the file may know those who take pieces of a statement as they are."""
        places = (self.module.text, self.module.name)
        return any(library in place for library in ("sqlalchemy", "sqlmodel") for place in places)

    def _enclosing(self, function: Function, decided: Set[str]) -> set[str]:
        """Return what the functions around this one were given and did not check."""
        outer = self.module.function_of(function)
        return self._open(outer, decided) if outer is not None else set()

    def _open(self, function: Function, decided: Set[str] = frozenset()) -> set[str]:
        """Return the names of a function that hold what somebody gave it, and nobody checked.

        Without what is made of the `decided` parameters.
        """
        arguments = (*function.args.args, *function.args.kwonlyargs)
        # The SDK hands on what a client asks for, whatever an override declares.
        wire = function.name in PAGES
        given = {a.arg for a in arguments if not self._is_closed(a, wire)} - {"self", "cls"}
        given |= self._enclosing(function, decided)
        return unchecked(function, given - decided, self._checked(function))

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
                        and compared(each.test)
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

    def _owner(self, function: Function, name: str) -> Function | None:
        """Return which function has a name as a parameter: this one, or one around it."""
        around: Function | None = function
        while around is not None:
            if any(a.arg == name for a in (*around.args.args, *around.args.kwonlyargs)):
                return around
            around = self.module.function_of(around)
        return None

    def _is_decided(self, function: Function, name: str, depth: int = 3) -> bool:
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
                or is_fixed(self.module, given)
            ):
                continue
            open_names = self._open(caller)
            if isinstance(given, (ast.Name, ast.Attribute, ast.Subscript)):
                made = value_of(self.module, given) if isinstance(given, ast.Name) else None
                if made is None and is_open(given, open_names):
                    if not self._is_handed_on(caller, given, depth):
                        return False
                    continue
                piece = made or given
            else:
                piece = given
            text, dynamic = text_of(self.module, caller, piece)
            for value in dynamic if text is not None else ():
                if is_open(value, open_names):
                    self.report(value, value=self.module.code(value))
        return True

    def _is_handed_on(self, caller: Function, given: ast.expr, depth: int) -> bool:
        """Say whether a helper hands on what it got itself, and those who call it decide well."""
        if not isinstance(given, ast.Name) or not depth:
            return False
        owner = self._owner(caller, given.id)
        return owner is not None and self._is_decided(owner, given.id, depth - 1)

    def _look(self, function: Function) -> None:
        dynamic = [
            (query.node, value)
            for query in queries(self.module, function)
            for value in query.dynamic
        ]
        seen = {value for _, value in dynamic}
        for node in within(function, ast.Call) if self._may_write else ():
            if isinstance(node, ast.Call) and self.module.names.resolve(node.func) in _FRAGMENTS:
                for piece in node.args[:1]:
                    text, more = text_of(self.module, function, piece)
                    more = more if text is not None else [piece]
                    dynamic += [(node, value) for value in more if value not in seen]
        if not dynamic:
            return
        open_names = self._open(function)
        if not any(is_open(value, open_names) for _, value in dynamic):
            return
        decided: set[str] = set()
        for name in sorted(open_names):
            owner = self._owner(function, name)
            made = unchecked(function, {name}, set()) if owner is not None else set[str]()
            if owner is not None and any(is_open(value, made) for _, value in dynamic):
                decided |= {name} if self._is_decided(owner, name) else set()
        open_names = self._open(function, decided) if decided else open_names
        for node, value in dynamic:
            if is_open(value, open_names) and self.module.function_of(node) is function:
                # Where it is written, when that is in this function.
                self.report(value, value=self.module.code(value))


def _is_literal(kind: ast.expr) -> bool:
    return getattr(kind, "id", getattr(kind, "attr", "")) == "Literal"
