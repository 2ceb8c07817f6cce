"""CKF204."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sql import queries
from ..stores import reached

_METHODS = ("save_thread", "save_item", "save_attachment")
_INSERTING = ("insert", "replace into", "merge ", "upsert")


class UpdateOnlySave(Rule):
    """Find `save_*` methods that store nothing when the object is new.

    The SDK saves new threads and items with the same calls as changed ones. An UPDATE that meets
    no row changes nothing and says nothing: the object is lost.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                await self.pool.execute(
                    "UPDATE threads SET data = $1 WHERE owner = $2 AND id = $3",
                    thread.model_dump_json(),
                    context["user_id"],
                    thread.id,
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                await self.pool.execute(
                    "INSERT INTO threads (owner, id, data) VALUES ($1, $2, $3)"
                    " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
                    context["user_id"],
                    thread.id,
                    thread.model_dump_json(),
                )

    Source: 11 of 43 public stores.
    """

    code = "CKF204"
    name = "update-only-save"
    message = "{method}() stores nothing when the object is new"
    hint = "insert or update: the SDK saves new objects with the same call"

    def visit_store(self, store: Class) -> None:
        """Look at how objects are saved."""
        for name in _METHODS:
            function = store.own.get(name)
            if function is None:
                continue
            parts = list(reached(store, function))
            sent = [(q, m) for part, m in parts for q in queries(m, part)]
            updates = [q for q, m in sent if q.verb == "UPDATE" and m is self.module]
            inserts = any(word in q.flat for q, _ in sent for word in _INSERTING)
            if (
                updates
                and not inserts
                and not any(_inserts(n) for p, _ in parts for n in within(p, ast.Call))
            ):
                self.report(updates[0].node, method=name)
            if not inserts and not updates:
                place = _only_if_there(function)
                if place is None:
                    place = self._leaves_when_new(function)
                calls = (call for part, _ in parts for call in within(part, ast.Call))
                if place is not None and not any(map(_makes, calls)):
                    self.report(place, method=name)
            for node in within(function, ast.Call):
                if _updates_only(node):
                    self.report(node, method=name)

    def _leaves_when_new(self, function: Function) -> ast.If | None:
        """Return the test that leaves the method when the object is not stored yet."""
        for node in function.body:
            match node:
                case ast.If(
                    test=ast.UnaryOp(op=ast.Not(), operand=asked), body=[*_, ast.Return()]
                ) if ".id" in self.module.code(asked):
                    return node
                case _:
                    continue
        return None


def _inserts(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in {
                "add",
                "merge",
                "insert_one",
                "insert",
                "values",
                "upsert",
                "replace_one",
            }
        case _:
            return False


def _updates_only(node: ast.AST) -> bool:
    """Say whether a document is changed only where it is there, as in MongoDB."""
    match node:
        case ast.Call(func=ast.Attribute(attr="update_one" | "replace_one"), keywords=keywords):
            return all(keyword.arg not in {"upsert", None} for keyword in keywords)
        case _:
            return False


def _only_if_there(function: Function) -> ast.If | None:
    """Return the test behind which alone a row that was found is changed, if there is one."""
    for node in within(function):
        match node:
            case ast.If(
                test=ast.Name(id=row)
                | ast.Compare(left=ast.Name(id=row), ops=[ast.IsNot()], comparators=[_]),
                orelse=[],
            ):
                changes = [
                    inner
                    for inner in within(node)
                    if isinstance(inner, ast.Attribute)
                    and isinstance(inner.ctx, ast.Store)
                    and isinstance(inner.value, ast.Name)
                    and inner.value.id == row
                ]
                if changes:
                    return node
            case _:
                continue
    return None


def _makes(node: ast.AST) -> bool:
    """Say whether a new row is made: a call of a class, with its columns by name."""
    match node:
        case ast.Call(func=ast.Name(id=name), keywords=[_, *_]):
            return name[:1].isupper() and not name.endswith(("Error", "Session", "Page"))
        case ast.Call(func=ast.Attribute(attr="merge" | "insert" | "upsert")):
            return True
        case _:
            return False
