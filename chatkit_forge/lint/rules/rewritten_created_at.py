"""CKF209."""

import ast
import re

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import model
from ..sql import Query, queries
from ..stores import is_now, present, reached

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
            now = present(part)
            for query in queries(module, part):
                if _writes_now(query, now):
                    self.report(query.node, method=name)
            for node in within(part):
                if _sets_now(node, now):
                    self.report(node, method=name)

    def _made(self, store: Class, function: Function, name: str) -> None:
        for part, module in reached(store, function):
            now = present(part)
            for node in within(part, ast.Call):
                if not isinstance(node, ast.Call) or module is not self.module:
                    continue
                made = model(self.sdk, module, node)
                short = made[0].rpartition(".")[2] if made else ""
                items = self.sdk.unions.get("chatkit.types.ThreadItem", ())
                phantom = name == "load_thread" and short in {"ThreadMetadata", "Thread"}
                if short in {*items, "ThreadMetadata", "Thread"} and not phantom:
                    for keyword in node.keywords:
                        if keyword.arg == "created_at" and is_now(keyword.value, now):
                            self.report(keyword, method=name)


def _writes_now(query: Query, now: frozenset[str]) -> bool:
    """Say whether a statement, or the value bound to its column, is the present time."""
    text = query.flat
    if re.search(r"\bcreated_at\s*=\s*" + _NOW.pattern, text):
        return True
    found = re.search(r"\(([^()]*\bcreated_at\b[^()]*)\)\s*values\s*\((.*)", text)
    if found is None:
        return False
    columns = [column.strip(" \"`'") for column in found[1].split(",")]
    values = _listed(found[2])
    if len(columns) != len(values):
        return False
    value = values[columns.index("created_at")] if "created_at" in columns else ""
    if _NOW.fullmatch(value):
        return True
    position = re.fullmatch(r"\$(\d+)", value)
    before = values[: columns.index("created_at")] if "created_at" in columns else []
    given = query.node.args[1:]
    if position is not None:
        index = int(position[1]) - 1
    elif value in {"?", "%s"} and all(each in {"?", "%s"} for each in before):
        index = len(before)
        if given and isinstance(given[0], (ast.Tuple, ast.List)):
            given = given[0].elts
    else:
        return False
    if any(isinstance(each, ast.Starred) for each in given) or index >= len(given):
        return False
    return is_now(given[index], now)


def _listed(text: str) -> list[str]:
    """Return the values of a list in parentheses, up to the one that closes it."""
    found, depth, current = list[str](), 0, ""
    for letter in text:
        if letter == ")" and depth == 0:
            break
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append(current.strip())
            current = ""
        else:
            current += letter
    return [*found, current.strip()]


def _sets_now(node: ast.AST, now: frozenset[str]) -> bool:
    """Say whether an object's, a row's or a document's `created_at` is set to the present."""
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="created_at")], value=value):
            return is_now(value, now)
        case ast.Assign(
            targets=[ast.Subscript(slice=ast.Constant(value="created_at"))], value=value
        ):
            return is_now(value, now)
        case ast.Dict(keys=keys, values=values):
            return any(
                isinstance(key, ast.Constant) and key.value == "created_at" and is_now(value, now)
                for key, value in zip(keys, values, strict=True)
            )
        case ast.keyword(arg="created_at", value=value):
            return is_now(value, now)
        case _:
            return False
