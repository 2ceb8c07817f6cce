"""CKF218."""

import ast

from ..access import held
from ..classes import Class
from ..module import within
from ..rule import Rule
from ..sql import queries
from ..stores import is_closed, reached
from ..tables import Tables


class ThreadItemsKept(Rule):
    """Find `delete_thread` methods that leave the thread's items behind.

    What a user deleted is still stored, and comes back when a thread of the same id is made.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
                await self.pool.execute(
                    "DELETE FROM threads WHERE owner = $1 AND id = $2",
                    context["user_id"],
                    thread_id,
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
                owner = context["user_id"]
                await self.pool.execute(
                    "DELETE FROM items WHERE owner = $1 AND thread_id = $2", owner, thread_id
                )
                await self.pool.execute(
                    "DELETE FROM threads WHERE owner = $1 AND id = $2", owner, thread_id
                )

    Source: the contract of delete_thread.
    """

    code = "CKF218"
    name = "thread-items-kept"
    message = "delete_thread() leaves the thread's items behind"
    hint = "delete them in the same transaction, or let a foreign key cascade"

    def visit_store(self, store: Class) -> None:
        """Look at how a thread is deleted."""
        function = store.own.get("delete_thread")
        if function is None or not is_closed(store, function):
            return
        if any(Tables(owner.module).cascades for owner in store.lineage):
            return
        parts = list(reached(store, function))
        sent = [query for part, module in parts for query in queries(module, part)]
        deletes = [query for query in sent if query.verb == "DELETE"]
        if deletes:
            if (
                len(deletes) == 1
                and not _several(deletes[0].flat)
                and not self._loops(deletes[0].node)
            ):
                self.report(deletes[0].node)
            return
        touched = [
            (node, name)
            for part, module in parts
            if module is self.module
            for node in within(part)
            if (name := _removed(node)) is not None
        ]
        names = {name for _, name in touched}
        others = held(store) - names
        if len(names) == 1 and any("item" in other or "message" in other for other in others):
            self.report(touched[0][0])

    def _loops(self, node: ast.AST) -> bool:
        return any(
            isinstance(parent, (ast.For, ast.AsyncFor)) for parent in self.module.ancestors(node)
        )


def _several(text: str) -> bool:
    """Say whether one statement deletes from more than one table, or from one for everything."""
    head = text.partition(" where ")[0]
    return "," in head or " join " in head or "{}" in head or "thread_id" in text


def _removed(node: ast.AST) -> str | None:
    """Return the dictionary or collection of the store that something is removed from."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="pop" | "delete_one" | "delete_many")):
            target = value
        case ast.Delete(targets=[ast.Subscript(value=value)]):
            target = value
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)]):
            return name
        case _:
            return None
    while isinstance(target, (ast.Subscript, ast.Call)):
        target = target.value if isinstance(target, ast.Subscript) else target.func
        if isinstance(target, ast.Attribute) and target.attr in {"get", "setdefault"}:
            target = target.value
    match target:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case _:
            return None
