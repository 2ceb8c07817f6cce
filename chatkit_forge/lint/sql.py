"""SQL in Python: the statements that a function sends, and with which call."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property

from .module import Function, Module, within
from .names import last_name
from .sql_text import WRAPPERS, text_of

# Methods of drivers and sessions whose first argument is a statement.
EXECUTES = frozenset({
    "execute", "executemany", "execute_fetchall", "executescript", "exec_driver_sql", "fetch",
    "fetchrow", "fetchval", "fetch_all", "fetch_one", "fetch_val", "scalar", "scalars", "exec",
    "stream", "execute_insert",
})  # fmt: skip
# What only makes a statement of a text, or tells somebody of it.
_NO_SENDING = frozenset({
    "dedent", "join", "format", "strip", "replace", "print", "debug", "info", "warning", "append",
    "startswith", "split", "len", "lower", "upper", "compile", "match", "str", *WRAPPERS,
})  # fmt: skip
_NAMED = frozenset({"query", "sql", "statement"})
_STATEMENT = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|MERGE|UPSERT)\b", re.I)
# What is surely no prose, whatever it is given to.
_CERTAIN = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    r"|REPLACE\s+INTO\s|MERGE\s+INTO\s|WITH\s.+\sAS\s*\()",
    re.I | re.S,
)


@dataclass(frozen=True)
class Query:
    """Hold one statement: the call that sends it, its text with `{}` for what varies, and that."""

    node: ast.Call
    text: str
    dynamic: tuple[ast.expr, ...]

    @cached_property
    def verb(self) -> str:
        """Return the first word in capitals: SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH."""
        match = _STATEMENT.match(self.text)
        return match[1].upper() if match else ""

    @cached_property
    def flat(self) -> str:
        """Return the text in lower case with single blanks."""
        return " ".join(self.text.lower().split())


def queries(module: Module, function: Function) -> list[Query]:
    """Return the statements that a function sends, in the order of the source."""
    key = ("queries", function)
    if key not in module.known:
        module.known[key] = _queries(module, function)
    return module.known[key]


def _queries(module: Module, function: Function) -> list[Query]:
    found: list[Query] = []
    for node in within(function, ast.Call):
        if not isinstance(node, ast.Call):
            continue
        name = last_name(node.func)
        if name in EXECUTES and node.args and isinstance(node.func, ast.Attribute):
            text, dynamic = text_of(module, function, node.args[0])
            if text is not None and _STATEMENT.match(text):
                found.append(Query(node, text, tuple(dynamic)))
        elif name not in _NO_SENDING:
            # Helpers of one's own, `asyncio.to_thread(self._all, "SELECT ...")`.
            arguments = node.args[:2]
            if node.keywords:
                arguments += [w.value for w in node.keywords if w.arg in _NAMED]
            for argument in arguments:
                text, dynamic = text_of(module, function, argument)
                if text is not None and _CERTAIN.match(text):
                    found.append(Query(node, text, tuple(dynamic)))
                    break
    return found
