"""Rows that are made to be inserted, by a session or a statement."""

import ast

from .flow import words_in
from .module import Module
from .values import given_values


def is_row(module: Module, row: ast.expr) -> bool:
    """Say whether something is made of a class, as a row of a session is."""
    if isinstance(row, ast.Name):
        values = given_values(module, row)
        if values == [None]:
            return _is_annotated(module, row)
        return bool(values) and all(v is not None and is_row(module, v) for v in values)
    match row:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=keywords):
            return bool(keywords) and (name[:1].isupper() or name.startswith(("to_", "from_")))
        case _:
            return False


def _is_annotated(module: Module, row: ast.Name) -> bool:
    function = module.function_of(row)
    return function is not None and any(
        each.arg == row.id
        and isinstance(each.annotation, ast.Name)
        and each.annotation.id[:1].isupper()
        for each in function.args.args
    )


def given_row(module: Module, row: ast.expr) -> set[str]:
    """Return the name of a row that a helper is given, which is all it knows of the item."""
    is_given = isinstance(row, ast.Name) and given_values(module, row) == [None]
    return {row.id} if is_given and isinstance(row, ast.Name) else set()


def is_sqlalchemy_insert(module: Module, func: ast.expr) -> bool:
    """Say whether a call is SQLAlchemy's `insert`."""
    name = module.names.resolve(func) or ""
    return name.endswith(".insert") and name.startswith(("sqlalchemy.", "sqlmodel."))


def is_values_of_insert(func: ast.expr) -> bool:
    """Say whether `values` is called of `table.insert()`, of another table than the threads'."""
    match func:
        case ast.Attribute(value=ast.Call(func=ast.Attribute(value=table, attr="insert"), args=[])):
            return "thread" not in words_in(table).lower().replace("thread_item", "item")
        case _:
            return False
