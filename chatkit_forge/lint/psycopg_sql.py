"""What psycopg's `SQL` quotes, and what it makes part of a statement as it is."""

import ast

from .assigned import assigned
from .module import Function, Module


def unquoted(value: ast.expr) -> list[ast.expr]:
    """Return what psycopg's `SQL(x)` makes part of a statement as it is."""
    match value:
        case ast.Call(func=ast.Name(id="SQL") | ast.Attribute(attr="SQL"), args=[inner]):
            return [] if isinstance(inner, ast.Constant) else [inner]
        case _:
            return []


def is_quoting(module: Module, function: Function | None, value: ast.expr) -> bool:
    """Say whether a text is one of psycopg's, whose `format` quotes what it is given."""
    match value:
        case ast.Call(func=ast.Name(id="SQL") | ast.Attribute(attr="SQL")):
            return True
        case ast.Name(id=name):
            return any(is_quoting(module, function, v) for v in assigned(module, function, name))
        case ast.IfExp(body=body):
            return is_quoting(module, function, body)
        case _:
            return False
