"""Writes of a function that overwrite what has the same key."""

import ast
from collections.abc import Iterator

from .classes import Class
from .containers import held, kept_here, named
from .module import Function, Module, within
from .named_uses import attributes
from .ownership import Ownership
from .sql import queries
from .upsert import Upsert, keyed
from .upsert_documents import DOCUMENT_WRITES, documents
from .upsert_rows import conflicts, merges, saved, updates_or_creates
from .upsert_statements import overwrites

_WRITES = DOCUMENT_WRITES | {
    "merge", "on_conflict_do_update", "save", "asave", "update_or_create", "aupdate_or_create",
}  # fmt: skip


def may_overwrite(store: Class, module: Module, function: Function) -> bool:
    """Say whether a function holds anything that may be such a write; most hold nothing."""
    if _writes(module) or within(function, ast.Dict):
        return True
    if any("into" in query.flat for query in queries(module, function)):
        return True
    return bool(held(store) or kept_here(store, module))


def upserts(store: Class, module: Module, function: Function, flow: Ownership) -> Iterator[Upsert]:
    """Yield the writes of a function that overwrite what has the same key."""
    for query in queries(module, function):
        if overwrites(store, module, query, flow):
            yield Upsert(query.node, is_open=True)
    dictionaries = held(store) | kept_here(store, module)
    for node in within(function, ast.Assign) if dictionaries else ():
        match node:
            case ast.Assign(targets=[ast.Subscript(value=value, slice=key)]) if (
                named(value) in dictionaries
            ):
                yield keyed(node, [value, key], node.value, flow)
            case _:
                continue
    # A filter may be handed to any helper.
    has_filters = bool(within(function, ast.Dict))
    for node in within(function, ast.Call) if has_filters or _writes(module) else ():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if has_filters or node.func.attr in _WRITES:
            yield from _called(store, module, node, node.func.attr, flow)


def _writes(module: Module) -> bool:
    """Say whether anything in a file is named like what writes; most send statements instead."""
    key = ("writes", None)
    if key not in module.known:
        module.known[key] = not _WRITES.isdisjoint(attributes(module))
    return module.known[key]


def _called(
    store: Class, module: Module, node: ast.Call, name: str, flow: Ownership
) -> Iterator[Upsert]:
    match name, node.args:
        case "merge", [row, *_]:
            if merges(store, module, row, flow):
                yield Upsert(node, is_open=True)
        case "on_conflict_do_update", _:
            if conflicts(node, node.keywords, flow):
                yield Upsert(node, is_open=True)
        case (("save" | "asave"), []):
            yield from saved(store, module, node, flow)
        case (("update_or_create" | "aupdate_or_create"), _):
            yield from updates_or_creates(store, module, node, flow)
        case _:
            yield from documents(store, module, node, flow)
