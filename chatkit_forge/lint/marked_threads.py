"""Threads that are only marked as deleted, while their items can still be read."""

import ast
import re

from .cascades import says
from .classes import Class
from .deleted_rows import removes_unseen
from .module import Function, Module, within
from .plain_methods import plain_parts
from .removal_signs import is_removal
from .row_tables import flat, put_into
from .sql import queries
from .tables import tables

Parts = list[tuple[Function, Module]]
# SQLAlchemy's statements, which are no texts.
_CHANGES = frozenset({"delete", "sa_delete", "update", "sa_update"})
_MARKS = re.compile(
    r"update (?:only )?[\"'`]?(?:\w+\.)?(?P<table>\w+)[\"'`]? set (?P<column>\w+) ?="
)
# What hides rows, or deletes them, without a word in the statements that read them.
_HIDES = re.compile(
    r"trigger|polic(?:y|ies)|\bview\b|row[ _]level|set_config|\.(?:sql|ddl)\b|create\s+rule"
    r"|on\s+update",
    re.I,
)


def is_only_marked(store: Class, parts: Parts) -> bool:
    """Say whether `delete_thread` marks a row that loading the thread minds, and items do not.

    `parts` are that method and what of the project it calls.
    """
    if plain_parts(store, "delete_thread") is None or any(
        _changes_otherwise(module, node)
        for part, module in parts
        for node in within(part, ast.Call, ast.Delete)
    ):
        return False
    sent = [query for part, module in parts for query in queries(module, part)]
    changes = [query.flat for query in sent if query.verb != "SELECT"]
    found = _MARKS.match(changes[0]) if len(changes) == 1 else None
    if found is None or "{" in changes[0]:
        return False
    table, column = found["table"], found["column"]
    thread = _sent(store, "load_thread")
    if not thread or not any(_says(table, each) and _says(column, each) for each in thread):
        return False
    kept = put_into(_sent(store, "add_thread_item") or ())
    known = {name for each in store.project.known() for name in tables(store.project, each).by_name}
    if not kept or table in kept or not kept <= known:
        return False
    for name in ("load_thread_items", "load_item"):
        read = _sent(store, name)
        if not read or any("{" in q or _says(table, q) or _says(column, q) for q in read):
            return False
        if not any(_says(each, q) for each in kept for q in read):
            return False
    return not any(says(_HIDES, each) for each in store.project.known())


def _changes_otherwise(module: Module, node: ast.AST) -> bool:
    """Say whether a node removes or changes rows by no text of SQL."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _CHANGES:
            return True
        case _:
            return is_removal(node) or removes_unseen(module, node)


def _sent(store: Class, name: str) -> list[str] | None:
    """Return the statements of a method, None where not all that it does can be seen."""
    parts = plain_parts(store, name)
    return flat(parts) if parts is not None else None


def _says(name: str, statement: str) -> bool:
    return re.search(rf"\b{name}\b", statement) is not None
