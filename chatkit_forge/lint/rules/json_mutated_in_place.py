"""CKF220."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule

_GETS = frozenset(
    {"get", "scalar", "scalar_one", "scalar_one_or_none", "one", "one_or_none", "first"}
)
_COLUMNS = frozenset(
    {"data", "metadata", "meta", "metadata_", "payload", "extra", "content", "json"}
)


class JsonMutatedInPlace(Rule):
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

    def visit_store(self, store: Class) -> None:
        """Look at rows that a store's methods load and change."""
        if any(
            word in self.module.text for word in ("MutableDict", "MutableList", "flag_modified")
        ):
            return
        for function in store.own.values():
            rows = _rows(function)
            for node in within(function, ast.Assign, ast.AugAssign, ast.Call, ast.Delete):
                changed = _changed(node, rows)
                if changed is not None:
                    row, column = changed
                    self.report(node, row=row, column=column)


def _rows(function: Function) -> set[str]:
    """Return the variables that hold a row of a session."""
    found: set[str] = set()
    for node in within(function, ast.Assign, ast.Call):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _from_session(value):
                found.add(name)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=session), attr="add" | "refresh"),
                args=[ast.Name(id=name)],
            ) if "session" in session:
                found.add(name)
            case _:
                continue
    return found


def _from_session(value: ast.expr) -> bool:
    if isinstance(value, ast.Await):
        value = value.value
    match value:
        case ast.Call(func=ast.Attribute(value=source, attr=name)) if name in _GETS:
            while isinstance(source, (ast.Call, ast.Attribute, ast.Await)):
                if isinstance(source, ast.Attribute) and "session" in source.attr:
                    return True
                source = source.func if isinstance(source, ast.Call) else source.value
            return isinstance(source, ast.Name) and (
                source.id in {"result", "db", "s"} or "session" in source.id
            )
        case _:
            return False


def _changed(node: ast.AST, rows: set[str]) -> tuple[str, str] | None:
    match node:
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Attribute(value=ast.Name(id=row), attr=column))]
        ):
            return (row, column) if row in rows else None
        case (
            ast.Delete(
                targets=[ast.Subscript(value=ast.Attribute(value=ast.Name(id=row), attr=column))]
            )
            | ast.AugAssign(
                target=ast.Subscript(value=ast.Attribute(value=ast.Name(id=row), attr=column))
            )
        ):
            return (row, column) if row in rows else None
        case ast.Call(
            func=ast.Attribute(
                value=ast.Attribute(value=ast.Name(id=row), attr=column),
                attr="update" | "append" | "setdefault" | "extend" | "pop" | "clear" | "remove",
            )
        ):
            pass
        case _:
            return None
    return (row, column) if row in rows and column in _COLUMNS else None
