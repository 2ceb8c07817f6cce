"""Writes of a function that overwrite what has the same key."""

import ast
from collections.abc import Iterator

from .classes import Class
from .containers import held, kept_here, named
from .module import Function, Module, within
from .ownership import Ownership
from .sql import queries
from .upsert import Upsert, keyed
from .upsert_documents import documents
from .upsert_rows import conflicts, merges, saved, updates_or_creates
from .upsert_statements import overwrites


def upserts(store: Class, module: Module, function: Function, flow: Ownership) -> Iterator[Upsert]:
    """Yield the writes of a function that overwrite what has the same key."""
    for query in queries(module, function):
        if overwrites(store, module, query, flow):
            yield Upsert(query.node, is_open=True)
    dictionaries = held(store) | kept_here(store, module)
    for node in within(function, ast.Call, ast.Assign):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=value, slice=key)]) if (
                named(value) in dictionaries
            ):
                yield keyed(node, [value, key], node.value, flow)
            case ast.Call(func=ast.Attribute(attr="merge"), args=[row, *_]):
                if merges(store, module, row, flow):
                    yield Upsert(node, is_open=True)
            case ast.Call(func=ast.Attribute(attr="on_conflict_do_update"), keywords=keywords):
                if conflicts(node, keywords, flow):
                    yield Upsert(node, is_open=True)
            case ast.Call(func=ast.Attribute(attr="save" | "asave"), args=[]):
                yield from saved(store, module, node, flow)
            case ast.Call(func=ast.Attribute(attr="update_or_create" | "aupdate_or_create")):
                yield from updates_or_creates(store, module, node, flow)
            case ast.Call(func=ast.Attribute()):
                yield from documents(store, module, node, flow)
            case _:
                continue
