"""Rows of Django, Tortoise and Peewee that hold items and stay when their thread is deleted."""

import ast
import re
from collections.abc import Iterator

from .cascades import may_cascade
from .classes import Class
from .module import Function, Module, within
from .orm_rows import CREATES, DELETES, may_have_rows, row_model
from .sql import queries
from .stores import reached

Parts = list[tuple[Function, Module]]
_SAVES = CREATES | {"save", "asave"}
# Where a row is another's, the library or the database may let it go with that one.
_RELATES = re.compile(r"ForeignKey|OneToOne|ManyToMany|Generic|Relation|BackReference")


def left_rows(store: Class, parts: Parts) -> tuple[ast.AST, Module] | None:
    """Return the deletion of a thread's row that leaves the rows of its items, None for none."""
    gone: dict[Class, tuple[ast.AST, Module]] = {}
    for part, module in parts:
        for node in within(part, ast.Attribute) if may_have_rows(module) else ():
            if isinstance(node, ast.Attribute) and node.attr in DELETES:
                model = row_model(store.project, module, node.value)
                if model is None:
                    return None
                gone.setdefault(model, (node, module))
    if any(query.verb == "DELETE" for part, home in parts for query in queries(home, part)):
        return None  # some of it is deleted by a statement
    adding, saving = store.method("add_thread_item"), store.method("save_thread")
    if not gone or adding is None:
        return None
    kept = set(_made(store, reached(store, adding[0])))
    kept -= set(_made(store, reached(store, saving[0]))) if saving is not None else set()
    if not kept or not kept.isdisjoint(gone) or any(map(_relates, kept)):
        return None
    if any("delete" in name for model in gone for each in model.lineage for name in each.own):
        return None
    if any(may_cascade(store, model.module) for model in gone):
        return None
    return next(iter(gone.values()))


def _made(store: Class, parts: Parts) -> Iterator[Class]:
    """Yield the classes whose rows functions make or save."""
    for part, module in parts:
        for node in within(part, ast.Attribute) if may_have_rows(module) else ():
            if isinstance(node, ast.Attribute) and node.attr in _SAVES:
                model = row_model(store.project, module, node.value)
                if model is not None:
                    yield model


def _relates(model: Class) -> bool:
    return any(_RELATES.search(each.module.code(each.node)) is not None for each in model.lineage)
