"""CKF220."""

import ast
from collections.abc import Iterator

from ..calls import annotated, callees
from ..classes import Class
from ..module import Function, Module, within
from ..store_rule import StoreRule
from ..stores import reached
from ..tables import Table, row_class

_GETS = frozenset({
    "get", "scalar", "scalar_one", "scalar_one_or_none", "one", "one_or_none", "first", "get_one",
})  # fmt: skip
_LISTS = frozenset({"all", "scalars", "fetchall"})
_CHANGES = frozenset(
    {"update", "append", "setdefault", "extend", "pop", "clear", "remove", "insert"}
)
_COLUMNS = frozenset(
    {"data", "metadata", "meta", "metadata_", "payload", "extra", "content", "json", "document"}
)
_MUTABLE = ("MutableDict", "MutableList", "flag_modified")


class JsonMutatedInPlace(StoreRule):
    """Find JSON columns of ORM rows that are changed in place.

    The session compares by identity: a key set inside the same dictionary is no change, and the
    commit writes nothing.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, session: Any, row: Any) -> None:
                self.session, self.row = session, row

            async def rename(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                found = await self.session.get(self.row, (context["user_id"], thread.id))
                if found is None:
                    raise NotFoundError(f"Thread {thread.id} not found")
                found.data["title"] = thread.title
                await self.session.commit()

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, session: Any, row: Any) -> None:
                self.session, self.row = session, row

            async def rename(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                found = await self.session.get(self.row, (context["user_id"], thread.id))
                if found is None:
                    raise NotFoundError(f"Thread {thread.id} not found")
                found.data = {**found.data, "title": thread.title}
                await self.session.commit()

    Source: SQLAlchemy, Mutation Tracking.
    """

    code = "CKF220"
    name = "json-mutated-in-place"
    message = "{row}.{column} is changed in place: the session does not see it"
    hint = "assign a new dictionary, or declare the column MutableDict"

    def look(self, store: Class) -> None:
        """Look at rows that a store's methods load and change."""
        parts: dict[Function, Module] = dict.fromkeys(store.own.values(), self.module)
        for function in store.own.values():
            for part, module in reached(store, function):
                parts.setdefault(part, module)
        for part, module in parts.items():
            if not any(word in module.text for word in _MUTABLE):
                self._look(store, part, module)

    def _look(self, store: Class, function: Function, module: Module) -> None:
        rows = dict(_rows(store, function, module))
        if not rows:
            return
        aliases = _aliases(function, rows)
        for node in within(function, ast.Assign, ast.AugAssign, ast.Call, ast.Delete):
            changed = _changed(node, aliases)
            if changed is None:
                continue
            row, column, by_key = changed
            if row in rows and _is_json(rows[row], column, by_key=by_key):
                self.report(node, elsewhere=module, row=row, column=column)


def _is_json(table: Table | None, column: str, *, by_key: bool) -> bool:
    """Say whether a column holds what is changed without the session seeing it."""
    if table is None:
        return by_key or column in _COLUMNS
    return column in table.columns and table.columns[column].is_json


def _rows(store: Class, function: Function, module: Module) -> Iterator[tuple[str, Table | None]]:
    """Yield the variables that hold a row of a session, with its table where it is known."""
    for argument in (*function.args.args, *function.args.kwonlyargs):
        table = _table(store, module, argument.annotation)
        if table is not None:
            yield argument.arg, table
    for node in within(function, ast.Assign, ast.NamedExpr, ast.Call, ast.For, ast.AsyncFor):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                value = value.value if isinstance(value, ast.Await) else value
                if _from_session(value):
                    yield name, _asked(store, module, value)
                elif isinstance(value, ast.Call):
                    for each in callees(store, store, module, value):
                        table = _table(store, each.module, each.function.returns)
                        if table is not None:
                            yield name, table
            case (
                ast.For(target=ast.Name(id=name), iter=value)
                | ast.AsyncFor(target=ast.Name(id=name), iter=value)
            ) if _from_session(value, _LISTS):
                yield name, _asked(store, module, value)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=session), attr="add" | "refresh"),
                args=[ast.Name(id=name)],
            ) if "session" in session and not _is_made(function, name):
                yield name, None
            case _:
                continue


def _table(store: Class, module: Module, annotation: ast.expr | None) -> Table | None:
    found = annotated(store, module, annotation) if annotation is not None else None
    table = row_class(found) if found is not None else None
    if found is None or any(word in found.module.text for word in _MUTABLE):
        return None
    return table


def _asked(store: Class, module: Module, value: ast.AST) -> Table | None:
    """Return the table that a session is asked for: `session.get(ThreadRow, ...)`."""
    for node in within(value, ast.Name):
        if isinstance(node, ast.Name) and node.id[:1].isupper():
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


Aliases = dict[str, tuple[str, str]]


def _aliases(function: Function, rows: dict[str, Table | None]) -> Aliases:
    """Return the variables that are a row's column itself, unless it is given a new value later."""
    found: Aliases = {}
    renewed: set[tuple[str, str]] = set()
    for node in within(function, ast.Assign):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Attribute(value=ast.Name(id=row), attr=column)
                | ast.BoolOp(values=[ast.Attribute(value=ast.Name(id=row), attr=column), *_]),
            ) if row in rows:
                found[name] = (row, column)
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id=row), attr=column)], value=value
            ) if not isinstance(value, ast.Name) or value.id not in found:
                renewed.add((row, column))
            case _:
                continue
    return {name: place for name, place in found.items() if place not in renewed}


def _changed(node: ast.AST, aliases: Aliases) -> tuple[str, str, bool] | None:
    """Return the row and the column that a node changes in place, and whether by a key."""
    match node:
        case (
            ast.Assign(targets=[ast.Subscript(value=place)])
            | ast.Delete(targets=[ast.Subscript(value=place)])
            | ast.AugAssign(target=ast.Subscript(value=place))
        ):
            by_key = True
        case ast.Call(func=ast.Attribute(value=place, attr=name)) if name in _CHANGES:
            by_key = False
        case _:
            return None
    while isinstance(place, ast.Subscript):
        place = place.value
    match place:
        case ast.Attribute(value=ast.Name(id=row), attr=column):
            return row, column, by_key
        case ast.Name(id=name) if name in aliases:
            return *aliases[name], by_key
        case _:
            return None
