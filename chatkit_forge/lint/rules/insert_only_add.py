"""CKF203."""

import ast

from ..access import held
from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sql import queries
from ..stores import reached

_UPSERTS = ("on conflict", "on duplicate key", "or replace", "or ignore", "replace into", "merge ")


class InsertOnlyAdd(Rule):
    """Find `add_thread_item` methods that cannot take an item that is stored already.

    The SDK stores a resumed workflow again under its id. An INSERT alone then raises in the middle
    of the stream, and a list that is appended to holds the item twice.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadItem


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def add_thread_item(
                self, thread_id: str, item: ThreadItem, context: dict[str, Any]
            ) -> None:
                await self.pool.execute(
                    "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)",
                    context["user_id"],
                    thread_id,
                    item.id,
                    item.model_dump_json(),
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadItem


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def add_thread_item(
                self, thread_id: str, item: ThreadItem, context: dict[str, Any]
            ) -> None:
                await self.pool.execute(
                    "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
                    context["user_id"],
                    thread_id,
                    item.id,
                    item.model_dump_json(),
                )

    Source: 20 of 43 public stores break when an item is stored twice.
    """

    code = "CKF203"
    name = "insert-only-add"
    message = "{method}() fails, or doubles the item, when its id is stored already"
    hint = "update in place: ON CONFLICT ... DO UPDATE, replace_one(upsert=True), or by key"

    def visit_store(self, store: Class) -> None:
        """Look at how items are added."""
        function = store.own.get("add_thread_item")
        if function is None:
            return
        parts = list(reached(store, function))
        if any(_minds(store, part) for part, _ in parts):
            return
        inserts = [(q, m) for part, m in parts for q in queries(m, part)]
        if any(word in query.flat for query, _ in inserts for word in (*_UPSERTS, "update ")):
            return
        for query, module in inserts:
            if query.verb == "INSERT" and module is self.module:
                self.report(query.node, method="add_thread_item")
                return
        for part, module in parts:
            for node in within(part):
                if module is self.module and _appends(store, node):
                    self.report(node, method="add_thread_item")
                    return


def _minds(store: Class, function: Function) -> bool:
    """Say whether a function looks for what is there, or catches the conflict."""
    for node in within(function):
        match node:
            case ast.ExceptHandler(type=ast.expr()):
                return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in {
                "merge", "replace_one", "update_one", "find_one_and_replace", "upsert_item",
                "bulk_write", "on_conflict_do_update", "on_duplicate_key_update", "hset", "upsert",
            }:  # fmt: skip
                return True
            case ast.Compare(left=left, comparators=comparators):
                sides = (left, *comparators)
                if any(isinstance(side, ast.Attribute) and side.attr == "id" for side in sides):
                    return True
            case ast.If(test=ast.Name() | ast.UnaryOp(op=ast.Not(), operand=ast.Name())):
                return True
            case ast.If(test=ast.Compare(ops=[ast.Is() | ast.IsNot()])):
                # After a look for the row; a thread that is missing raises instead.
                if not isinstance(node.body[0], ast.Raise) or node.orelse:
                    return True
            case _:
                continue
    return not held(store) and not any(isinstance(n, ast.Call) for n in within(function))


def _appends(store: Class, node: ast.AST) -> bool:
    """Say whether an item is put at the end of a list of the store's own, or inserted blindly."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="append"), args=[ast.Name()]):
            return any(
                isinstance(inner, ast.Attribute) and inner.attr in held(store)
                for inner in (value, *within(value))
            )
        case ast.Call(func=ast.Attribute(attr="insert_one" | "create_item")):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr="add"), args=[ast.Call() | ast.Name()]):
            name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
            return "session" in name or name in {"db", "s"}
        case _:
            return False
