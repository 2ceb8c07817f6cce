"""Cascades of a session that a statement passes by, which it is told nothing of."""

import ast
import re
from collections.abc import Callable, Iterator

from .cascades import says
from .classes import Class
from .defined_tables import declared_class
from .deleted_rows import deleted_rows, meant_by
from .module import Function, Module, within
from .names import last_name
from .sql import queries
from .stores import reached
from .unread_removals import is_all_found

Parts = list[tuple[Function, Module]]
_BY_DATABASE = re.compile(
    r"\bon_?delete|\bon\s+delete|passive_deletes|listens_for|event\.listen|trigger|\.(?:sql|ddl)\b"
    r"|before_flush",
    re.I,
)
_BY_SESSION = re.compile(r"cascade\s*=\s*[\"'][^\"']*(?:all|delete)|cascade_delete\s*=\s*True")
_COLUMNS = frozenset({"mapped_column", "Column", "Field", "deferred", "column_property"})


def is_passed_by(store: Class, parts: Parts, kept: Callable[[], set[str]]) -> bool:
    """Say whether rows are deleted by a statement where only the session would cascade.

    `kept` finds the classes of rows that items are put into, which few stores need.
    """
    if any(query.verb != "SELECT" for part, module in parts for query in queries(module, part)):
        return False
    calls = [(node, module) for part, module in parts for node in within(part, ast.Call)]
    gone = {
        declared_class(store, module, name)
        for node, module in calls
        for name in deleted_rows(module, node)
    }
    items = _classes(store, kept()) if gone else set[Class]()
    if not items or gone & {None, *items} or any(_deletes(*on) for on in calls):
        return False
    if any(_minds(store, *place, items, _related(gone)) for place in parts):
        return False
    every = store.project.known()
    return (
        all(is_all_found(store, module) for _, module in parts)
        and any(says(_BY_SESSION, each) for each in every)
        and not any(says(_BY_DATABASE, each) for each in every)
    )


def _classes(store: Class, names: set[str]) -> set[Class]:
    """Return the classes of rows that adding an item calls by these names, and their bases.

    Empty where one of them is not declared.
    """
    adding = store.method("add_thread_item")
    if adding is None:
        return set()
    modules = {module for _, module in reached(store, adding[0])}
    found: set[Class] = set()
    for name in names:
        rows = {row for each in modules if (row := declared_class(store, each, name)) is not None}
        if not rows:
            return set()
        found.update(base for row in rows for base in row.lineage)
    return found


def _deletes(node: ast.AST, module: Module) -> bool:
    """Say whether a call hands a row to the session to delete, or deletes what cannot be told."""
    match node:
        case ast.Call(func=ast.Attribute(attr="clear")):
            return True
        case ast.Call(func=ast.Attribute(attr="delete") | ast.Name(id="delete" | "sa_delete")):
            return not list(deleted_rows(module, node))
        case _:
            return False


def _minds(
    store: Class, part: Function, module: Module, items: set[Class], related: set[str]
) -> bool:
    """Say whether a function does something with the rows of items, or with what holds them."""
    for node in within(part, ast.Name, ast.Attribute, ast.keyword, ast.Constant):
        match node:
            case ast.Name(id=name) if name[:1].isupper() or name in module.assigned:
                full = meant_by(module, node) or name
                found = store.project.find_class(module.names.imported.get(full, full), module)
                if found in items:
                    return True
            case (
                ast.Attribute(attr=name)
                | ast.keyword(arg=str(name))
                | ast.Constant(value=str(name))
            ):
                if name in related:
                    return True
            case _:
                continue
    return False


def _related(rows: set[Class | None]) -> set[str]:
    """Return the attributes of classes of rows by which other rows are reached."""
    return {name for row in rows if row is not None for name in _relations(row)}


def _relations(row: Class) -> Iterator[str]:
    for each in row.lineage:
        for statement in each.node.body:
            match statement:
                case (
                    ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=func))
                    | ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func))
                ) if last_name(func) not in _COLUMNS:
                    yield name
                case _:
                    continue
