"""CKF209."""

import ast
import re

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import model
from ..sql import queries
from ..stores import reached

_SAVES = ("save_thread", "add_thread_item", "save_item")
_LOADS = ("load_thread", "load_threads", "load_thread_items", "load_item")
_NOW = re.compile(r"\b(now\(\)|current_timestamp|datetime\('now'\)|utc_timestamp\(\))")


class RewrittenCreatedAt(Rule):
    """Find stores that put another time in the place of `created_at`.

    The order of a thread is the order of these times. An item that is saved again would jump to
    the end, and the SDK subtracts what it gets back from its own clock.

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
                    "INSERT INTO items (owner, thread_id, id, data, created_at)"
                    " VALUES ($1, $2, $3, $4, NOW())"
                    " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
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
                    "INSERT INTO items (owner, thread_id, id, data, created_at)"
                    " VALUES ($1, $2, $3, $4, $5)"
                    " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
                    context["user_id"],
                    thread_id,
                    item.id,
                    item.model_dump_json(),
                    item.created_at,
                )

    Source: the SDK sets created_at; 10 of 43 public stores change it.
    """

    code = "CKF209"
    name = "rewritten-created-at"
    message = "{method}() puts the present time in the place of created_at"
    hint = "keep the object's own created_at"

    def visit_store(self, store: Class) -> None:
        """Look at how times are saved and loaded."""
        for name in _SAVES:
            function = store.own.get(name)
            if function is not None:
                self._saved(store, function, name)
        for name in _LOADS:
            function = store.own.get(name)
            if function is not None:
                self._made(store, function, name)

    def _saved(self, store: Class, function: Function, name: str) -> None:
        for part, module in reached(store, function):
            if module is not self.module:
                continue
            for query in queries(module, part):
                head, _, tail = query.flat.partition("values")
                columns = head.partition("(")[2]
                updated = "updated_at" in columns or "updated_at" in tail
                if "created_at" in columns and _NOW.search(tail) and not updated:
                    self.report(query.node, method=name)
            for node in within(part, ast.Assign, ast.Dict, ast.Call, ast.keyword):
                if _sets_now(node):
                    self.report(node, method=name)

    def _made(self, store: Class, function: Function, name: str) -> None:
        for part, module in reached(store, function):
            for node in within(part, ast.Call):
                if not isinstance(node, ast.Call) or module is not self.module:
                    continue
                made = model(self.sdk, module, node)
                short = made[0].rpartition(".")[2] if made else ""
                items = self.sdk.unions.get("chatkit.types.ThreadItem", ())
                phantom = name == "load_thread" and short in {"ThreadMetadata", "Thread"}
                if short in {*items, "ThreadMetadata", "Thread"} and not phantom:
                    for keyword in node.keywords:
                        if keyword.arg == "created_at" and _is_now(keyword.value):
                            self.report(keyword, method=name)


def _sets_now(node: ast.AST) -> bool:
    """Say whether an object's, a row's or a document's `created_at` is set to the present."""
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="created_at")], value=value):
            return _is_now(value)
        case ast.Assign(
            targets=[ast.Subscript(slice=ast.Constant(value="created_at"))], value=value
        ):
            return _is_now(value)
        case ast.Dict(keys=keys, values=values):
            return any(
                isinstance(key, ast.Constant) and key.value == "created_at" and _is_now(value)
                for key, value in zip(keys, values, strict=True)
            )
        case ast.Call(func=ast.Attribute(attr="model_copy"), keywords=[ast.keyword(value=inner)]):
            return _sets_now(inner)
        case ast.keyword(arg="created_at", value=value):
            return _is_now(value)
        case _:
            return False


def _is_now(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(attr="now" | "utcnow" | "time")):
            return True
        case ast.Call(func=ast.Attribute(value=inner)):
            return _is_now(inner)
        case _:
            return False
