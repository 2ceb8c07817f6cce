"""Variables that hold rows of a database session, and the tables of these rows."""

import ast
from collections.abc import Iterator

from .calls import annotated, callees
from .classes import Class
from .module import Function, Module, within
from .tables import Table, row_class

_GETS = frozenset({
    "get", "scalar", "scalar_one", "scalar_one_or_none", "one", "one_or_none", "first", "get_one",
})  # fmt: skip
_LISTS = frozenset({"all", "scalars", "fetchall"})
_BINDINGS = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Call, ast.For, ast.AsyncFor)
Rows = dict[str, Table | None]


def rows_of(
    store: Class, owner: Class, function: Function, module: Module
) -> Iterator[tuple[str, Table | None]]:
    """Yield the variables that hold a row of a session, with its table where it is known."""
    for argument in (*function.args.args, *function.args.kwonlyargs):
        table = _table(store, module, argument.annotation)
        if table is not None:
            yield argument.arg, table
    asked: Rows = {}
    made: set[str] = set()
    added: list[str] = []
    for node in within(function, *_BINDINGS):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                value = value.value if isinstance(value, ast.Await) else value
                table = _asked(store, module, value, asked)
                if _from_session(value) or (table is not None and _is_one(value)):
                    yield name, table
                elif table is not None or _from_session(value, _LISTS):
                    asked[name] = table
                elif isinstance(value, ast.Call):
                    for each in callees(store, owner, module, value):
                        table = _table(store, each.module, each.function.returns)
                        if _makes(each.function):
                            made.add(name)
                        elif table is not None:
                            yield name, table
            case (
                ast.For(target=ast.Name(id=name), iter=value)
                | ast.AsyncFor(target=ast.Name(id=name), iter=value)
            ):
                table = _asked(store, module, value, asked)
                known = isinstance(value, ast.Name) and value.id in asked
                if known or table is not None or _from_session(value, _LISTS):
                    yield name, table
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=session), attr="add" | "refresh"),
                args=[ast.Name(id=name)],
            ) if "session" in session and not _is_made(function, name):
                added.append(name)
            case _:
                continue
    yield from ((name, None) for name in added if name not in made)


def _makes(function: Function) -> bool:
    """Say whether a function only makes a row, which no session knows yet."""
    return not any(
        _is_one(node) or _from_session(node, _LISTS)
        for node in within(function, ast.Call)
        if isinstance(node, ast.Call)
    ) and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id[:1].isupper()
        for node in within(function, ast.Call)
    )


def _is_one(value: ast.expr) -> bool:
    """Say whether a call answers a single row of what was asked for."""
    match value:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _GETS
        case _:
            return False


def _table(store: Class, module: Module, annotation: ast.expr | None) -> Table | None:
    found = annotated(store, module, annotation) if annotation is not None else None
    return row_class(found) if found is not None else None


def _asked(store: Class, module: Module, value: ast.expr, asked: Rows) -> Table | None:
    """Return the table whose rows are asked for: `session.get(ThreadRow, ...)`, a select of it."""
    for node in (value, *within(value, ast.Name)):
        if not isinstance(node, ast.Name):
            continue
        if asked.get(node.id) is not None:
            return asked[node.id]
        # Not of its columns alone, as in `select(ThreadRow.data)`.
        if isinstance(module.parents.get(node), ast.Call):
            table = _table(store, module, node)
            if table is not None:
                return table
    return None


def _is_made(function: Function, name: str) -> bool:
    """Say whether a variable is given a new row, of which the session takes all."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == name
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id[:1].isupper()
        for node in within(function, ast.Assign)
    )


def _from_session(value: ast.expr, gets: frozenset[str] = _GETS) -> bool:
    if isinstance(value, ast.Await):
        value = value.value
    match value:
        case ast.Call(func=ast.Attribute(value=source, attr=name)) if name in gets:
            while isinstance(source, (ast.Call, ast.Attribute, ast.Await)):
                if isinstance(source, ast.Attribute) and "session" in source.attr:
                    return True
                source = source.func if isinstance(source, ast.Call) else source.value
            return isinstance(source, ast.Name) and (
                source.id in {"result", "db", "s"} or "session" in source.id
            )
        case _:
            return False
