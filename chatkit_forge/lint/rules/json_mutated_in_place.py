"""CKF220."""

import ast
from collections.abc import Iterator

from ..calls import annotated, callees
from ..classes import Class
from ..module import Function, Module, within
from ..store_rule import StoreRule
from ..stores import reached
from ..tables import Table, row_class
from ..values import class_around

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
_MUTABLE = ("MutableDict", "MutableList", "as_mutable", "associate_with")
_TOLD = "flag_modified"
_BINDINGS = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Call, ast.For, ast.AsyncFor)
_CHANGING = (ast.Assign, ast.AugAssign, ast.Call, ast.Delete)
Rows = dict[str, Table | None]
# Whose row, which column, and whether by a key.
Change = tuple[str, str, bool]


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
            self._look(store, part, module)

    def _tells(self, store: Class, function: Function) -> bool:
        """Say whether a function, or a helper of its own, tells the session of the change."""
        return any(
            getattr(node, "id", getattr(node, "attr", "")) == _TOLD
            for part, _ in ((function, None), *reached(store, function))
            for node in within(part, ast.Name, ast.Attribute)
        )

    def _look(self, store: Class, function: Function, module: Module) -> None:
        if not any(map(_may_change, within(function, *_CHANGING))):
            return  # most functions: what their variables hold need not be found out
        owner = class_around(self.project, module, function) or store
        rows: Rows = {}
        for name, table in _rows(store, owner, function, module):
            rows[name] = table or rows.get(name)
        if not rows or self._tells(store, function):
            return
        aliases = _aliases(function, rows)
        for node in within(function, *_CHANGING):
            changed = _changed(node, aliases) or self._changed_for(store, owner, module, node)
            if changed is None or _goes_on(module, node):
                continue
            row, column, by_key = changed
            if row in rows and _is_json(module, rows[row], column, by_key=by_key):
                self.report(node, elsewhere=module, row=row, column=column)

    def _changed_for(
        self, store: Class, owner: Class, module: Module, node: ast.AST
    ) -> Change | None:
        """Return the column that is handed to a helper of the project which changes it."""
        match node:
            case ast.Call(args=[ast.Attribute(value=ast.Name(id=row), attr=column), *_]):
                pass
            case _:
                return None
        for each in callees(store, owner, module, node):
            names = {n for n, v in each.given if v is node.args[0]}
            for inner in within(each.function, *_CHANGING):
                changed = _changed(inner, {name: (name, "") for name in names})
                if changed is not None and changed[0] in names and not changed[1]:
                    return row, column, changed[2]
        return None


def _may_change(node: ast.AST) -> bool:
    """Say whether a node may change a value in place, or hand a column to who does."""
    match node:
        case ast.Assign(targets=[ast.Subscript()]) | ast.AugAssign() | ast.Delete():
            return True
        case ast.Call(func=ast.Attribute(attr=name)) if name in _CHANGES:
            return True
        case ast.Call(args=[ast.Attribute(value=ast.Name()), *_]):
            return True
        case _:
            return False


def _goes_on(module: Module, node: ast.AST) -> bool:
    """Say whether what a change answers is changed at once: `row.data.setdefault(k, []).append`."""
    match module.parents.get(node):
        case ast.Attribute(attr=name):
            return name in _CHANGES
        case _:
            return False


def _is_json(module: Module, table: Table | None, column: str, *, by_key: bool) -> bool:
    """Say whether a column holds what is changed without the session seeing it."""
    if table is None:
        if any(word in module.text for word in _MUTABLE):
            return False  # perhaps this very column
        return by_key or column in _COLUMNS
    return column in table.columns and table.columns[column].is_json


def _rows(
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


Aliases = dict[str, tuple[str, str]]


def _aliases(function: Function, rows: Rows) -> Aliases:
    """Return the variables that are a row's column itself, or a part of it.

    Not those that are written by a statement, nor of a column that is given a new value later.
    """
    found: Aliases = {}
    renewed: set[tuple[str, str]] = set()
    written: set[str] = set()
    for node in within(function, ast.Assign, ast.AnnAssign, ast.Call):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                place = _place(value, found)
                if place is not None and place[0] in rows:
                    found[name] = place
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id=row), attr=column)], value=value
            ) if not isinstance(value, ast.Name) or value.id not in found:
                renewed.add((row, column))
            case ast.Call(func=ast.Attribute(attr="values" | "execute"), args=args, keywords=words):
                for each in (*args, *(keyword.value for keyword in words)):
                    for name in (each, *within(each, ast.Name)):
                        written |= {name.id} if isinstance(name, ast.Name) else set()
            case _:
                continue
    return {n: place for n, place in found.items() if place not in renewed and n not in written}


def _place(value: ast.expr, aliases: Aliases) -> tuple[str, str] | None:
    """Return the row and column that an expression is, or is a part of, itself and no copy."""
    while True:
        match value:
            case (
                ast.BoolOp(values=[inner, *_]) | ast.Subscript(value=inner) | ast.IfExp(body=inner)
            ):
                value = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="get" | "setdefault")):
                value = inner
            case ast.Attribute(value=ast.Name(id=row), attr=column):
                return row, column
            case ast.Name(id=name):
                return aliases.get(name)
            case _:
                return None


def _changed(node: ast.AST, aliases: Aliases) -> Change | None:
    """Return the row and the column that a node changes in place, and whether by a key."""
    match node:
        case (
            ast.Assign(targets=[ast.Subscript(value=place)])
            | ast.Delete(targets=[ast.Subscript(value=place)])
            | ast.AugAssign(target=ast.Subscript(value=place))
        ):
            by_key = True
        case ast.AugAssign(
            target=ast.Attribute() | ast.Name() as place, op=ast.BitOr() | ast.Add(), value=value
        ) if isinstance(value, (ast.Dict, ast.DictComp, ast.List, ast.ListComp)):
            # A dictionary or a list takes it in, and is assigned to itself.
            by_key = True
        case ast.Call(func=ast.Attribute(value=place, attr=name)) if name in _CHANGES:
            by_key = False
        case _:
            return None
    found = _place(place, aliases)
    return (*found, by_key) if found is not None else None
