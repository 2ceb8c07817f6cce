"""Which classes of rows, or tables of SQLAlchemy, a call deletes from."""

import ast
from collections.abc import Iterator

from .binders import bound_by, value_of
from .item_places import is_table
from .module import Module


def deleted_rows(module: Module, node: ast.AST) -> Iterator[str]:
    """Yield the classes or tables whose rows a `delete(Model)` of SQLAlchemy removes."""
    match node:
        case ast.Call(
            func=ast.Name(id="delete" | "sa_delete") | ast.Attribute(attr="delete"),
            args=[ast.Name(id=name) as given],
        ):
            pass
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name) as given, attr="delete"), args=[]):
            pass
        case ast.Call(func=ast.Attribute(value=ast.Call() as chain, attr="delete"), args=[]):
            asked = _asked(chain)
            if asked is None:
                return
            name, given = asked.id, asked
        case _:
            return
    loops = [
        each.iter
        for each in module.ancestors(given)
        if isinstance(each, ast.For)
        and isinstance(each.target, ast.Name)
        and each.target.id == name
    ]
    if len(loops) == 1 and isinstance(loops[0], ast.Name):
        loops = module.assigned.get(loops[0].id, loops)
    match loops:
        case [ast.Tuple(elts=elements) | ast.List(elts=elements)]:
            yield from (each.id for each in elements if isinstance(each, ast.Name))
        case []:
            name = meant_by(module, given)
            if name is not None and (name[:1].isupper() or is_table(module, name)):
                yield name
        case _:
            return


def meant_by(module: Module, name: ast.Name) -> str | None:
    """Return the class or table that a name stands for; None where it is handed in, or varies."""
    for _ in range(4):
        bound = bound_by(module, name)
        if not bound or isinstance(bound[0], ast.ClassDef):
            return name.id
        match value_of(module, name):
            case ast.Name() as other:
                name = other
            case ast.Call() if name.id in module.assigned:
                return name.id
            case _:
                return None
    return None


def removes_unseen(module: Module, node: ast.AST) -> bool:
    """Say whether a `delete(...)` removes rows of a class that cannot be seen."""
    if not isinstance(node, ast.Call):
        return False
    if len(node.args) == 1:
        full = module.names.resolve(node.func) or ""
        if not full.startswith(("sqlalchemy.", "sqlmodel.")) or not full.endswith(".delete"):
            return False
    elif node.args or not _asks(node.func):
        return False
    return next(deleted_rows(module, node), None) is None


def _asks(func: ast.expr) -> bool:
    """Say whether this is the `delete` of rows that were asked for."""
    return (
        isinstance(func, ast.Attribute)
        and func.attr == "delete"
        and isinstance(func.value, ast.Call)
        and _asked(func.value) is not None
    )


def _asked(chain: ast.expr) -> ast.Name | None:
    """Return the class of rows that `session.query(Row).filter(...)` asks for."""
    while isinstance(chain, ast.Call) and isinstance(chain.func, ast.Attribute):
        match chain:
            case ast.Call(func=ast.Attribute(attr="query"), args=[ast.Name() as row]):
                return row
            case _:
                chain = chain.func.value
    return None
