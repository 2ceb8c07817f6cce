"""Rows that SQLAlchemy inserts, or lays over what has the same key."""

import ast
from collections.abc import Iterator

from .binders import value_of
from .calls import callees
from .classes import Class
from .module import Module, within
from .ownership import Ownership
from .tables import is_id, row_class
from .upsert import Upsert, keyed


def merges(store: Class, module: Module, row: ast.expr, flow: Ownership) -> bool:
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


def saved(store: Class, module: Module, node: ast.Call, flow: Ownership) -> Iterator[Upsert]:
    """Yield a row or a document that saves itself over what has the same id: `await row.save()`.

    Of Django, Beanie and MongoEngine, where a new object takes the place of what is stored.
    """
    row = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    row = value_of(module, row) or row if isinstance(row, ast.Name) else row
    if not isinstance(row, ast.Call):
        return
    name = module.names.resolve(row.func)
    model = store.project.find_class(name, module) if name else None
    key = own_id(model) if model is not None else None
    for keyword in row.keywords:
        if keyword.arg in {key, "pk", "_id"} and key is not None:
            yield keyed(node, [keyword.value], row, flow)


def own_id(model: Class) -> str | None:
    """Return the field of a document or of Django's row that is its key by itself, and an id."""
    kinds = {base.rpartition(".")[0].partition(".")[0] for base in model.foreign}
    table = row_class(model)
    if "django" in kinds:
        keys = table.uniques[0] if table is not None else ()
        return keys[0] if len(keys) == 1 and is_id(keys[0]) else None
    if kinds & {"beanie", "mongoengine", "redis_om", "aredis_om"}:
        return "id"
    return None


def updates_or_creates(
    store: Class, module: Module, node: ast.Call, flow: Ownership
) -> Iterator[Upsert]:
    """Yield Django's `update_or_create`, where a row is looked for by its id alone."""
    match node.func:
        case ast.Attribute(value=ast.Attribute(value=ast.Name() as name, attr="objects")):
            full = module.names.resolve(name)
        case _:
            return
    model = store.project.find_class(full, module) if full else None
    key = own_id(model) if model is not None else None
    sought = [k for k in node.keywords if k.arg not in {"defaults", "create_defaults"}]
    if key is not None and len(sought) == 1 and sought[0].arg in {key, "pk"}:
        yield keyed(node, [sought[0].value], node, flow)


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


def conflicts(node: ast.Call, keywords: list[ast.keyword], flow: Ownership) -> bool:
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
