"""SQL in Python: the text a call sends, put together from constants, variables and f-strings."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .module import Function, Module, within

# Methods of drivers and sessions whose first argument is a statement.
EXECUTES = frozenset({
    "execute", "executemany", "execute_fetchall", "executescript", "exec_driver_sql", "fetch",
    "fetchrow", "fetchval", "fetch_all", "fetch_one", "fetch_val", "scalar", "scalars", "exec",
    "stream", "execute_insert",
})  # fmt: skip
_WRAPPERS = frozenset({"text", "SQL", "raw"})
_NO_SENDING = frozenset({
    "dedent", "join", "format", "strip", "replace", "print", "debug", "info", "warning", "append",
    "startswith", "split", "len", "lower", "upper", "compile", "match", "str",
})  # fmt: skip
_STATEMENT = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|MERGE|UPSERT)\b", re.I)
# What is surely no prose, whatever it is given to.
_CERTAIN = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    r"|REPLACE\s+INTO\s|MERGE\s+INTO\s|WITH\s.+\sAS\s*\()",
    re.I | re.S,
)
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Query:
    """Hold one statement: the call that sends it, its text with `{}` for what varies, and that."""

    node: ast.Call
    text: str
    dynamic: tuple[ast.expr, ...]

    @property
    def verb(self) -> str:
        """Return the first word in capitals: SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH."""
        match = _STATEMENT.match(self.text)
        return match[1].upper() if match else ""

    @property
    def flat(self) -> str:
        """Return the text in lower case with single blanks."""
        return " ".join(self.text.lower().split())


def queries(module: Module, function: Function) -> list[Query]:
    """Return the statements that a function sends, in the order of the source."""
    key = ("queries", function)
    if key not in module.known:
        module.known[key] = list(_queries(module, function))
    return module.known[key]


def _queries(module: Module, function: Function) -> Iterator[Query]:
    for node in within(function, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if name in EXECUTES:
                text, dynamic = _text(module, function, first, _DEPTH)
                if text is not None and _STATEMENT.match(text):
                    yield Query(node, text, tuple(dynamic))
            case ast.Call(func=func, args=args, keywords=words) if not _is_wrapper(func):
                # Helpers of one's own, `asyncio.to_thread(self._all, "SELECT ...")`.
                named = [w.value for w in words if w.arg in {"query", "sql", "statement"}]
                for argument in [*args[:2], *named]:
                    text, dynamic = _text(module, function, argument, _DEPTH)
                    if text is not None and _CERTAIN.match(text):
                        yield Query(node, text, tuple(dynamic))
                        break
            case _:
                continue


def _is_wrapper(func: ast.expr) -> bool:
    """Say whether a call only makes a statement of a text, or tells somebody of it."""
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return name in _WRAPPERS | _NO_SENDING


def _text(
    module: Module, function: Function, node: ast.expr, depth: int
) -> tuple[str | None, list[ast.expr]]:
    """Return the text an expression stands for, None when it is no text, and what varies in it."""
    if depth == 0:
        return None, []
    match node:
        case ast.Constant(value=str(text)):
            return text, []
        case ast.JoinedStr(values=values):
            return _joined(module, function, values, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _both(module, function, left, right, depth)
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            text, dynamic = _text(module, function, left, depth - 1)
            parts = right.elts if isinstance(right, ast.Tuple) else [right]
            return text, [*dynamic, *parts]
        case ast.Call(func=ast.Attribute(value=inner, attr="format"), args=args, keywords=words):
            text, dynamic = _text(module, function, inner, depth - 1)
            if _quotes(module, function, inner):
                return text, dynamic  # psycopg's `SQL("...").format(Identifier(x))` quotes
            return text, [*dynamic, *args, *(word.value for word in words)]
        case ast.Call(func=ast.Attribute(value=inner, attr="strip" | "replace")):
            return _text(module, function, inner, depth - 1)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[inner, *_]) if (
            name in _WRAPPERS or name == "dedent"
        ):
            return _text(module, function, inner, depth - 1)
        case ast.Name(id=name):
            return _variable(module, function, name, depth - 1)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return _class_constant(module, function, name, depth - 1)
        case _:
            return None, []


def _quotes(module: Module, function: Function, value: ast.expr) -> bool:
    """Say whether a text is one of psycopg's, whose `format` quotes what it is given."""
    match value:
        case ast.Call(func=ast.Name(id="SQL") | ast.Attribute(attr="SQL")):
            return True
        case ast.Name(id=name):
            return any(_quotes(module, function, v) for v in _assigned(module, function, name))
        case _:
            return False


def _joined(
    module: Module, function: Function, values: list[ast.expr], depth: int
) -> tuple[str, list[ast.expr]]:
    pieces: list[str] = []
    dynamic: list[ast.expr] = []
    for value in values:
        match value:
            case ast.Constant(value=str(text)):
                pieces.append(text)
            case ast.FormattedValue(value=inner):
                text, more = _text(module, function, inner, depth - 1)
                pieces.append("{}" if text is None else text)
                dynamic += [inner] if text is None else more
            case _:
                continue
    return "".join(pieces), dynamic


def _both(
    module: Module, function: Function, left: ast.expr, right: ast.expr, depth: int
) -> tuple[str | None, list[ast.expr]]:
    first, dynamic = _text(module, function, left, depth - 1)
    second, more = _text(module, function, right, depth - 1)
    if first is None and second is None:
        return None, []
    dynamic = dynamic if first is not None else [left]
    more = more if second is not None else [right]
    return f"{'{}' if first is None else first}{'{}' if second is None else second}", dynamic + more


def _variable(
    module: Module, function: Function, name: str, depth: int
) -> tuple[str | None, list[ast.expr]]:
    """Return everything a variable may hold, one after the other: all branches count."""
    pieces: list[str] = []
    dynamic: list[ast.expr] = []
    for value in _assigned(module, function, name):
        text, more = _text(module, function, value, depth)
        if text is not None:
            pieces.append(text)
            dynamic += more
    return (" ".join(pieces), dynamic) if pieces else (None, [])


def _assigned(module: Module, function: Function, name: str) -> Iterator[ast.expr]:
    """Yield what is assigned or added to a name in the function, else in the module."""
    found = False
    for node in within(function, ast.Assign, ast.AnnAssign, ast.AugAssign):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                found = True
                yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
                if target == name:
                    found = True
                    yield value
            case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case _:
                continue
    if found:
        return
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
                if target == name:
                    yield value
            case _:
                continue


def _class_constant(
    module: Module, function: Function, name: str, depth: int
) -> tuple[str | None, list[ast.expr]]:
    owner = module.class_of(function)
    for statement in owner.body if owner else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return _text(module, function, value, depth)
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
                if target == name:
                    return _text(module, function, value, depth)
            case _:
                continue
    return None, []
