"""Columns of a thread's row that keep what they had when the thread is saved again."""

import ast
import re
from collections.abc import Iterator, Sequence

from .module import Module
from .sql import Query
from .sql_values import given, insert

_UPDATE = re.compile(r"update\s+[\"'`]?(?P<table>\w+)[\"'`]?\s+set (?P<set>.*?) where ")
_CONTENTS = re.compile(
    r"title|status|meta(data)?_?|extra|(allowed_)?(image_)?domains|data|body|doc(ument)?|payload"
    r"|json|content"
)
_SET = re.compile(r"(?:do update set|on duplicate key update)(?P<set>.*?)(?: where | returning |$)")


def not_updated(
    module: Module, sent: Sequence[Query], fields: set[str]
) -> Iterator[tuple[ast.AST, list[str]]]:
    """Yield what updates a thread's row, with the columns that a new one gets and it leaves out."""
    for query in sent:
        dropped = _on_conflict(module, query, fields)
        if dropped:
            yield query.node, dropped
        updated = _UPDATE.match(query.flat)
        if updated is None or "{" in updated["set"]:
            continue
        columns = _columns(updated["set"])
        for other in sent:
            into = insert(other.flat)
            if into is None or into.table != updated["table"] or _SET.search(other.flat):
                continue
            said = [c for c in into.columns if _is_field(module, other, c, fields)]
            left = [column for column in said if column not in columns]
            if left and len(left) < len(said) and _is_of_threads(into.table):
                yield query.node, left


def _on_conflict(module: Module, query: Query, fields: set[str]) -> list[str]:
    """Return the columns that an INSERT fills and that its update of what is there leaves out."""
    found = _SET.search(query.flat)
    into = insert(query.flat)
    if found is None or into is None or "{" in found["set"] or not _is_of_threads(into.table):
        return []
    updated = _columns(found["set"])
    return [
        column
        for column in into.columns
        if column not in updated and _is_field(module, query, column, fields)
    ]


def _columns(text: str) -> set[str]:
    return set(re.findall(r"(\w+)[\"'`]?\s*=", text))


def _is_of_threads(table: str) -> bool:
    return "thread" in table and "item" not in table and "message" not in table


def _is_field(module: Module, query: Query, column: str, fields: set[str]) -> bool:
    """Say whether a column holds a field of the thread, or all of it."""
    value = given(module, query, column)
    if isinstance(value, ast.Attribute) and value.attr in fields:
        return True
    return column in fields or _CONTENTS.fullmatch(column) is not None
