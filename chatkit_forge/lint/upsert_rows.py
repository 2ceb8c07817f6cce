"""Rows that SQLAlchemy inserts, or lays over what has the same key."""

import ast

from .binders import value_of
from .calls import callees
from .classes import Class
from .module import Module, within
from .ownership import Ownership
from .tables import is_id, row_class


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
