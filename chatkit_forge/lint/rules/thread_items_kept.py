"""CKF218."""

import ast
import re

from ..classes import Class
from ..containers import held
from ..module import Function, within
from ..rule import Rule
from ..sql import Query, queries
from ..stores import is_closed, reached
from ..tables import tables

_INTO = re.compile(r"into [\"'`]?(?:\w+\.)?(\w+)")
_FROM = re.compile(r"delete from [\"'`]?(?:\w+\.)?(\w+)")


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
        if any(tables(store.project, owner.module).cascades for owner in store.lineage):
            return
        parts = list(reached(store, function))
        sent = [query for part, module in parts for query in queries(module, part)]
        deletes = [query for query in sent if query.verb == "DELETE"]
        kept = self._tables_kept(store, deletes)
        if kept is not None:
            if kept and not any(self._loops(query.node) for query in deletes):
                self.report(deletes[0].node)
            return
        if deletes:
            if (
                len(deletes) == 1
                and not _several(deletes[0].flat)
                and not self._loops(deletes[0].node)
            ):
                self.report(deletes[0].node)
            return
        models = [model for part, _ in parts for node in within(part) if (model := _deleted(node))]
        if models:
            others = any("item" in name.lower() or "message" in name.lower() for name, _ in models)
            if not others and len({name for name, _ in models}) == 1:
                self.report(models[0][1])
            return
        if self._keys_kept(store, [part for part, _ in parts]):
            self.report(function)
            return
        touched = [
            (node, name)
            for part, module in parts
            if module is self.module
            for node in within(part)
            if (name := _removed(node)) is not None
        ]
        names = {name for _, name in touched}
        others = (held(store) | _collections(store) | _used(store)) - names
        if len(names) == 1 and any("item" in other or "message" in other for other in others):
            self.report(touched[0][0])

    def _tables_kept(self, store: Class, deletes: list[Query]) -> bool | None:
        """Say whether items are put into a table that nothing is deleted from; None: not known."""
        adding = store.own.get("add_thread_item")
        if adding is None or not deletes:
            return None
        into: set[str] = set()
        for part, module in reached(store, adding):
            into |= {m[1] for q in queries(module, part) if (m := _INTO.search(q.flat))}
        items = {table for table in into if "item" in table or "message" in table}
        gone = {m[1] for q in deletes if (m := _FROM.search(q.flat))}
        if not items or len(gone) < 1 or any("{" in q.flat for q in deletes):
            return None
        if any("," in q.flat.partition(" where ")[0] or " join " in q.flat for q in deletes):
            return None
        return not items & gone

    def _keys_kept(self, store: Class, parts: list[Function]) -> bool:
        """Say whether keys of threads are removed and those of items never, as in Redis."""
        removes = any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"hdel", "lrem", "zrem", "srem", "unlink"}
            for part in parts
            for node in within(part)
        )
        adding = store.own.get("add_thread_item")
        if not removes or adding is None:
            return False
        stored = {word for word in _words(adding) if "item" in word or "message" in word}
        return bool(stored) and not any(
            "item" in word or "message" in word for part in parts for word in _words(part)
        )

    def _loops(self, node: ast.AST) -> bool:
        return any(
            isinstance(parent, (ast.For, ast.AsyncFor)) for parent in self.module.ancestors(node)
        )


def _words(function: Function) -> set[str]:
    """Return the strings of a function, without its docstring."""
    documented = function.body[0].value if isinstance(function.body[0], ast.Expr) else None
    return {
        node.value
        for node in within(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node is not documented
    }


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
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr=name):
            return name
        case _:
            return None


def _used(store: Class) -> set[str]:
    """Return the collections that items are put into: `self.db.items`."""
    adding = store.own.get("add_thread_item")
    found: set[str] = set()
    for part, _ in reached(store, adding) if adding else ():
        for node in within(part):
            match node:
                case ast.Attribute(
                    value=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr=name),
                    attr="insert_one" | "replace_one" | "update_one",
                ):
                    found.add(name)
                case _:
                    continue
    return found


def _deleted(node: ast.AST) -> tuple[str, ast.AST] | None:
    """Return the model whose rows a `delete(Model)` of SQLAlchemy removes."""
    match node:
        case ast.Call(func=ast.Name(id="delete" | "sa_delete"), args=[ast.Name(id=name)]):
            return (name, node) if name[:1].isupper() else None
        case _:
            return None


def _collections(store: Class) -> set[str]:
    """Return the attributes that a store's `__init__` sets."""
    found: set[str] = set()
    for owner in store.lineage:
        begun = owner.own.get("__init__")
        for node in within(begun) if begun else ():
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    found.add(name)
                case _:
                    continue
    return found
