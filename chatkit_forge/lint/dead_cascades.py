"""Cascades that are declared and never run: SQLite without its switch, an ORM's beside it."""

import ast
import re

from .cascades import says
from .classes import Class
from .deleted_rows import deleted_rows
from .known_calls import LIBRARIES
from .module import Function, Module, within
from .opened import opens_itself
from .row_tables import deleted_from, flat, put_into
from .sql import queries
from .stores import reached
from .tables import tables
from .told_connections import is_all_read
from .unread_removals import is_found

Parts = list[tuple[Function, Module]]
# What deletes rows, or switches foreign keys on, in a way that is not looked into.
_OTHERWISE = re.compile(
    r"trigger|foreign_keys|setconfig|\.(?:sql|ddl)\b|pragma(?!\s+\w)(?!: no cover)|load_extension",
    re.I,
)
_BY_DATABASE = re.compile(
    r"on_?delete|on\s+delete|passive_deletes|listens_for|event\.listen|trigger|\.(?:sql|ddl)\b|before_flush",
    re.I,
)
_BY_SESSION = re.compile(r"cascade\s*=\s*[\"'][^\"']*(?:all|delete)|cascade_delete\s*=\s*True")


def is_switched_off(store: Class, parts: Parts) -> bool:
    """Say whether a thread is deleted in SQLite whose foreign keys nobody switches on.

    The store opens its connections where it can be seen, and all that they are told is seen.
    """
    modules = {module for _, module in parts}
    if not opens_itself(store, parts) or any("sqlalchemy" in each.text for each in modules):
        return False
    every = store.project.known()
    if any(says(_OTHERWISE, each) for each in every) or not all(_is_seen(store, m) for m in every):
        return False
    adding, saving = store.method("add_thread_item"), store.method("save_thread")
    if adding is None or saving is None:
        return False
    items = put_into(flat(reached(store, adding[0])))
    threads = put_into(flat(reached(store, saving[0])))
    sent = flat(parts)
    gone = deleted_from(sent)
    if not gone or any("{" in each.partition(" where ")[0] for each in sent):
        return False
    known = {name for each in modules for name in tables(store.project, each).by_name}
    kept = items - threads
    return bool(kept) and kept <= known and gone <= threads & known and is_all_read(store)


def is_passed_by(store: Class, parts: Parts, kept: set[str]) -> bool:
    """Say whether rows are deleted by a statement where only the session would cascade.

    `kept` are the classes of rows that items are put into.
    """
    if any(query.verb == "DELETE" for part, module in parts for query in queries(module, part)):
        return False
    calls = [(node, module) for part, module in parts for node in within(part, ast.Call)]
    gone = {name for node, module in calls for name in deleted_rows(module, node)}
    if not gone or not kept or gone & kept or any(_deletes(*on) for on in calls):
        return False
    every = store.project.known()
    return (
        all(_is_seen(store, module) for _, module in parts)
        and any(says(_BY_SESSION, each) for each in every)
        and not any(says(_BY_DATABASE, each) for each in every)
    )


def _deletes(node: ast.AST, module: Module) -> bool:
    """Say whether a call hands a row to the session to delete, or deletes what cannot be told."""
    match node:
        case ast.Call(func=ast.Attribute(attr="clear")):
            return True
        case ast.Call(func=ast.Attribute(attr="delete") | ast.Name(id="delete" | "sa_delete")):
            return not list(deleted_rows(module, node))
        case _:
            return False


def _is_seen(store: Class, module: Module) -> bool:
    """Say whether all that a module imports is read, or a library that is well known."""
    return all(
        full.partition(".")[0] in LIBRARIES or is_found(store, module, full)
        for full in module.names.imported.values()
    )
