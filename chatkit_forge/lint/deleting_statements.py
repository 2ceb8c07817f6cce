"""Which statements delete a thread and leave its items behind."""

import ast
import re

from .cascades import may_cascade
from .classes import Class
from .defined_tables import are_created
from .item_places import is_of_threads
from .module import Module
from .row_tables import deleted_from, flat, item_tables, put_into
from .sql import Query
from .stores import reached

_UPDATE = re.compile(r"^update [\"'`]?(?:\w+\.)?(\w+)")


def leave_items(store: Class, deletes: list[tuple[Query, Module]], said: set[str]) -> bool:
    """Say whether statements that delete a thread surely leave its items; `said`: all words."""
    first, module = deletes[0]
    looped = any(_loops(home, query.node) for query, home in deletes)
    kept = _tables_kept(store, [query for query, _ in deletes])
    items = item_tables(store)
    if any("{" in query.flat for query, _ in deletes) and items:
        # Tables that are named in a list, or handed to a helper.
        kept = not any(table in word for table in items for word in said)
        kept = kept and not _is_open([query for query, _ in deletes])
        looped = False
    if kept is None:
        kept = len(deletes) == 1 and not _several(first.flat) and not _shared(store, first)
    if not kept or looped or may_cascade(store, module):
        return False
    return are_created(store, items or deleted_from(query.flat for query, _ in deletes))


def _tables_kept(store: Class, deletes: list[Query]) -> bool | None:
    """Say whether items are put into a table that nothing is deleted from; None: not known."""
    items = item_tables(store)
    gone = deleted_from(q.flat for q in deletes)
    if not items or len(gone) < 1 or any("{" in q.flat for q in deletes):
        return None
    if any("," in q.flat.partition(" where ")[0] or " join " in q.flat for q in deletes):
        return None
    return not items & gone


def _is_open(deletes: list[Query]) -> bool:
    """Say whether statements name their tables by what a function's own variables hold."""
    parts = {word for query in deletes for each in query.dynamic for word in _names(each)}
    return any(name.isidentifier() and not name.startswith("self.") for name in parts)


def _shared(store: Class, query: Query) -> bool:
    """Say whether items go with what a statement deletes: their table is the same."""
    gone = deleted_from([query.flat])
    adding = store.method("add_thread_item")
    sent = flat(reached(store, adding[0])) if adding is not None else []
    written = put_into(sent) | {name for each in sent for name in _UPDATE.findall(each)}
    if not written:
        # Where an item is put by what cannot be read, it may be in the thread's own row.
        return adding is not None or not any(map(is_of_threads, gone))
    return bool(gone & written)


def _names(node: ast.expr) -> set[str]:
    """Return the names and attributes that an expression reads, with their object."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=attr):
            return {f"{owner}.{attr}"}
        case ast.Name(id=name):
            return {name}
        case _:
            return set()


def _loops(module: Module, node: ast.AST) -> bool:
    return any(isinstance(parent, (ast.For, ast.AsyncFor)) for parent in module.ancestors(node))


def _several(text: str) -> bool:
    """Say whether one statement deletes from more than one table, or from one for everything."""
    head = text.partition(" where ")[0]
    several = "," in head or " join " in head or "{}" in head or "thread_id" in text
    several = several or " or " in text or " like " in text
    return several or len(deleted_from([text])) > 1
