"""SQL that inserts a row or overwrites what has the same key, and what that key is."""

import ast
import re

from .classes import Class
from .module import Module, within
from .owner_sql import OWNER
from .ownership import Ownership
from .sql import Query
from .sql_values import given, insert
from .tables import is_id, tables

_TARGET = re.compile(r"on conflict\s*\((?P<columns>[^)]*)\)[^;]*?do update(?P<rest>.*)")
_EXCLUDED = re.compile(r"(\w+)\s*(?:=|is not distinct from)\s*excluded\.\1\b")
_TIMES = re.compile(r"updated\w*|created\w*|version|rev\w*|seq|at|modified\w*")


def overwrites(store: Class, module: Module, query: Query, flow: Ownership) -> bool:
    """Say whether a statement overwrites a row whose key is an id alone."""
    text = query.flat
    into = insert(text)
    if into is None:
        return False
    target = _TARGET.search(text)
    if target is not None:
        columns = tuple(c.strip(" \"'`") for c in target["columns"].split(","))
        # What stands in braces is put in elsewhere: it cannot be seen here.
        if "{" in target["columns"] or not _is_open(columns, module, query, flow):
            return False
        return not _is_guarded(target["rest"])
    replaces = text.startswith(("insert or replace", "replace into"))
    if not replaces and "on duplicate key update" not in text:
        return False
    if "if(" in text.partition("on duplicate key update")[2].replace(" ", ""):
        return False
    table = tables(store.project, module).by_name.get(into.table)
    if table is None:
        return False
    named_here = into.columns or tuple(table.columns)
    return any(
        set(unique) <= set(named_here) and _is_open(unique, module, query, flow)
        for unique in table.uniques
        if not any(c in table.columns and table.columns[c].is_generated for c in unique)
    )


def _is_open(columns: tuple[str, ...], module: Module, query: Query, flow: Ownership) -> bool:
    """Say whether a key is an object's own id, with no owner in it."""
    if len(columns) != 1 or not is_id(columns[0]):
        return False
    value = given(module, query, columns[0])
    return not (value is not None and flow.is_owned(value)) and not _is_composed(query)


def _is_composed(query: Query) -> bool:
    """Say whether the key is put together from an owner and an id: f"{owner}:{thread.id}"."""
    return any(
        isinstance(node, ast.JoinedStr)
        and sum(isinstance(value, ast.FormattedValue) for value in node.values) > 1
        for argument in query.node.args[1:]
        for node in (argument, *within(argument, ast.JoinedStr))
    )


def _is_guarded(rest: str) -> bool:
    """Say whether the update of a conflict happens only to a row of the same owner or thread."""
    where = rest.partition(" where ")[2] + " " + rest.partition("case when ")[2]
    if "{" in where or "thread" in where or OWNER.search(where):
        return True
    return any(
        not _TIMES.fullmatch(column) and not is_id(column) for column in _EXCLUDED.findall(where)
    )
