"""Writes that make an object or replace what is stored under its key, and what that key is."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .binders import value_of
from .calls import Given, callees
from .classes import Class
from .containers import held, kept_here, named
from .flow import words_in
from .module import Function, Module, within
from .owner_sql import OWNER
from .ownership import Ownership
from .sql import Query, queries
from .sql_values import given, insert
from .tables import is_id, row_class, tables

_TARGET = re.compile(r"on conflict\s*\((?P<columns>[^)]*)\)[^;]*?do update(?P<rest>.*)")
_EXCLUDED = re.compile(r"(\w+)\s*(?:=|is not distinct from)\s*excluded\.\1\b")
_TIMES = re.compile(r"updated\w*|created\w*|version|rev\w*|seq|at|modified\w*")


@dataclass(frozen=True, slots=True)
class Upsert:
    """Hold a write; `is_open` where its key is an id alone, `ids` what that was made from."""

    node: ast.AST
    is_open: bool
    ids: frozenset[str] | None = None


def upserts(store: Class, module: Module, function: Function, flow: Ownership) -> Iterator[Upsert]:
    """Yield the writes of a function that overwrite what has the same key."""
    for query in queries(module, function):
        if _overwrites(store, module, query, flow):
            yield Upsert(query.node, is_open=True)
    dictionaries = held(store) | kept_here(store, module)
    for node in within(function, ast.Call, ast.Assign):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=value, slice=key)]) if (
                named(value) in dictionaries
            ):
                yield _keyed(node, [value, key], node.value, flow)
            case ast.Call(func=ast.Attribute(attr="merge"), args=[row, *_]):
                if _merges(store, module, row, flow):
                    yield Upsert(node, is_open=True)
            case ast.Call(func=ast.Attribute(attr="on_conflict_do_update"), keywords=keywords):
                if _conflicts(node, keywords, flow):
                    yield Upsert(node, is_open=True)
            case ast.Call(func=ast.Attribute()):
                yield from _documents(store, module, node, flow)
            case _:
                continue


def _keyed(node: ast.AST, key: list[ast.expr], value: ast.AST, flow: Ownership) -> Upsert:
    """Return a write under a key: an open one, where the owner is in the value alone."""
    ids = {each for part in key for each in flow.ids_in(part)}
    is_open = bool(ids) and not any(flow.is_owned(part) for part in key)
    is_open = is_open and flow.is_owned(value) and bool(flow.ids_in(value))
    return Upsert(node, is_open, frozenset(ids))


def _overwrites(store: Class, module: Module, query: Query, flow: Ownership) -> bool:
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


def _merges(store: Class, module: Module, row: ast.expr, flow: Ownership) -> bool:
    """Say whether a row is merged by SQLAlchemy whose key is its id alone."""
    made = _made(store, module, row)
    if made is None:
        return False
    call, home = made
    name = home.names.resolve(call.func)
    model = store.project.find_class(name, home) if name else None
    table = row_class(model) if model is not None else None
    if table is None or len(table.uniques[0]) != 1:
        return False
    key = table.uniques[0][0]
    value = next((k.value for k in call.keywords if k.arg == key), None)
    if value is None or not (is_id(key) or key in {"thread", "item", "attachment"}):
        return False
    return home is not module or not flow.is_owned(value)


def _made(store: Class, module: Module, row: ast.expr) -> tuple[ast.Call, Module] | None:
    """Return the call that makes a row: here, before, or in a helper that returns it."""
    if isinstance(row, ast.Name):
        row = value_of(module, row) or row
    row = row.value if isinstance(row, ast.Await) else row
    if not isinstance(row, ast.Call):
        return None
    found = callees(store, store, module, row)
    if not found:
        return row, module
    for node in within(found[0].function, ast.Return):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            return node.value, found[0].module
    return None


def _conflicts(node: ast.Call, keywords: list[ast.keyword], flow: Ownership) -> bool:
    """Say whether SQLAlchemy updates what has the same id, with no owner in key or condition."""
    options = {k.arg: k.value for k in keywords}
    elements = options.get("index_elements")
    if node.args or "where" in options or None in options:
        return False
    if not isinstance(elements, (ast.List, ast.Tuple)) or len(elements.elts) != 1:
        return False
    only = elements.elts[0]
    match only:
        case ast.Constant(value=str(name)) | ast.Name(id=name) | ast.Attribute(attr=name):
            pass
        case _:
            return False
    if not is_id(name):
        return False
    return not any(
        flow.is_owned(keyword.value)
        for call in within(flow.function, ast.Call)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "values"
        for keyword in call.keywords
        if keyword.arg == name
    )


def _documents(store: Class, module: Module, node: ast.Call, flow: Ownership) -> Iterator[Upsert]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    match name, node.args:
        case (
            ("replace_one" | "update_one" | "find_one_and_replace" | "find_one_and_update"),
            [key, *rest],
        ):
            if _is_told_to(node):
                yield from _filtered(module, node, key, rest, flow)
        case "hset", [key, *rest]:
            mapped = [k.value for k in node.keywords if k.arg in {"mapping", "value"}]
            value = (rest[-1:] or mapped)[:1]
            if value:
                yield _keyed(node, [node.func, key, *rest[:-1]], value[0], flow)
        case "set", [key, value, *_]:
            yield _keyed(node, [node.func, key], value, flow)
        case "set", [value] if _is_document(node.func):
            yield _keyed(node, [node.func], value, flow)
        case "upsert_item", [document, *_]:
            if _is_partitioned(module, "partition_key") is False:
                yield from _by_id(module, node, document, flow)
        case "put_item", []:
            options = {k.arg: k.value for k in node.keywords}
            document = options.get("Item")
            is_open = "ConditionExpression" not in options
            if document is not None and is_open and _is_partitioned(module, "Key") is False:
                yield from _by_id(module, node, document, flow)
        case _:
            for each in callees(store, store, module, node):
                yield from _through(module, node, each.function, each.given, flow)


def _through(
    module: Module,
    node: ast.Call,
    function: Function,
    handed: Sequence[Given],
    flow: Ownership,
) -> Iterator[Upsert]:
    """Yield the write of a helper that upserts by the filter it is given."""
    for call in within(function, ast.Call):
        match call:
            case ast.Call(
                func=ast.Attribute(attr="replace_one" | "update_one" | "find_one_and_update"),
                args=[ast.Name(id=name), *_],
            ) if _is_told_to(call):
                for parameter, value in handed:
                    if parameter == name and isinstance(value, ast.Dict):
                        yield from _filtered(module, node, value, node.args, flow)
            case _:
                continue


def _filtered(
    module: Module, node: ast.Call, key: ast.expr, rest: list[ast.expr], flow: Ownership
) -> Iterator[Upsert]:
    """Yield a document that is made or replaced by its id alone, as in MongoDB."""
    if isinstance(key, ast.Name):
        key = value_of(module, key) or key
    if not isinstance(key, ast.Dict):
        return
    names = [str(k.value) if isinstance(k, ast.Constant) else "?" for k in key.keys]
    if len(names) == 1 and is_id(names[0]) and flow.ids_in(key.values[0]):
        owned = flow.is_owned(key) or _is_put_together(key.values[0])
        yield Upsert(node, not owned and not flow.is_owned(node.func), frozenset(flow.ids_in(key)))


def _is_put_together(value: ast.expr) -> bool:
    """Say whether an id is one of several parts, or comes from a function that may add some."""
    return not isinstance(value, (ast.Attribute, ast.Name))


def _by_id(module: Module, node: ast.Call, document: ast.expr, flow: Ownership) -> Iterator[Upsert]:
    """Yield a document of which its id alone is the key."""
    if isinstance(document, ast.Name):
        document = value_of(module, document) or document
    if not isinstance(document, ast.Dict):
        return
    for key, value in zip(document.keys, document.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in {"id", "pk", "PK", "Id"}:
            yield _keyed(node, [value], document, flow)


def _is_partitioned(module: Module, argument: str) -> bool | None:
    """Say whether what is read is asked for by its owner's partition; None when nothing is."""
    found = [k.value for k in module.nodes(ast.keyword) if k.arg == argument]
    if "PartitionKey" in module.text or not found:
        return None
    words = " ".join(words_in(value) for value in found).lower()
    return "context" in words or OWNER.search(words) is not None


def _is_document(func: ast.expr) -> bool:
    """Say whether this is `collection.document(id)`, as of Firestore."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "document"
        for each in within(func, ast.Call)
    )


def _is_told_to(call: ast.Call) -> bool:
    return any(
        k.arg == "upsert" and isinstance(k.value, ast.Constant) and bool(k.value.value)
        for k in call.keywords
    )
