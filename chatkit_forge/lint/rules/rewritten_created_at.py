"""CKF209."""

import ast
import re
from collections.abc import Iterator

from ..classes import Class
from ..flow import words_in
from ..last_writes import of_last_write
from ..module import Function, Module, within
from ..present_time import is_now, present
from ..project import Project
from ..sdk_names import model, models
from ..sql import Query, queries
from ..sql_values import given, insert, written
from ..store_rule import StoreRule
from ..stores import reached
from ..tables import row_class, tables

_SAVES = ("save_thread", "add_thread_item", "save_item")
_LOADS = ("load_thread", "load_threads", "load_thread_items", "load_item")
_NOW = (
    r"\b(?:now\(\)|current_timestamp(?:\(\d*\))?|datetime\('now'[^()]*\)|utc_timestamp\(\d?\)"
    r"|clock_timestamp\(\)|unixepoch\([^()]*\)|strftime\([^()]*'now'[^()]*\)|getdate\(\)"
    r"|transaction_timestamp\(\)|statement_timestamp\(\))"
)
_CREATED = r"created(?:_at|_on|_ts|_us|_ms|_time)?"
# Columns and fields by which things are ordered, when nothing reads the object's own time.
_ORDERS = rf"{_CREATED}|at|ts|time|timestamp|instant|moment|when|stamp|micros|date|posted\w*"
_SET_TO_NOW = {each: re.compile(rf"\b(?:{each})\s*=\s*{_NOW}") for each in (_CREATED, _ORDERS)}
# A sorted set of these is meant to move.
_MOVES = re.compile(r"updat|recent|activ|touch|last|modif|expir|seen", re.I)


class RewrittenCreatedAt(StoreRule):
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
    message = "{method}() puts another time in the place of created_at"
    hint = "keep the object's own created_at"

    def look(self, store: Class) -> None:
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
        parts = reached(store, function)
        reads = any(_reads_created(module, part) for part, module in parts)
        for part, module in parts:
            # Saving and adding mostly reach the same helpers.
            known = module.known.setdefault(("set to now", part), {})
            if part.name not in _LOADS and reads not in known:
                known[reads] = list(self._set(store.project, part, module, reads=reads))
            for node in known.get(reads, ()):
                if not self._is_phantom(module, node, name):
                    self.report(node, elsewhere=module, method=name)

    def _set(
        self, project: Project, part: Function, module: Module, *, reads: bool
    ) -> Iterator[ast.AST]:
        """Yield where a function that saves puts the present time; `reads` says that it or another
        asks for the time that the object has.
        """
        now = present(part, module)
        columns = _CREATED if reads else _ORDERS
        sent = [
            query.node
            for query in queries(module, part)
            if _writes_now(module, query, now, columns)
            or (not reads and self._leaves_to_database(project, module, query))
        ]
        yield from sent
        if sent:
            return  # the value in its arguments is the same mistake
        calls = () if reads else (ast.Call,)
        for node in within(part, ast.Assign, ast.Dict, ast.keyword, *calls):
            if isinstance(node, ast.Call):
                if _scores_now(module, node, now) or _row_of_now(project, module, node):
                    yield node
            elif _sets_now(node, now, columns):
                yield node

    def _is_phantom(self, module: Module, node: ast.AST, name: str) -> bool:
        """Say whether this is the time of a thread that is made up; another rule says so."""
        made = module.parents.get(node)
        if not isinstance(node, ast.keyword) or not isinstance(made, ast.Call):
            return False
        found = model(self.sdk, module, made)
        return found is not None and name != "save_thread" and _is_thread(found[0])

    def _leaves_to_database(self, project: Project, module: Module, query: Query) -> bool:
        """Say whether an INSERT leaves `created_at` to a column whose default is the present."""
        into = insert(query.flat)
        about = tables(project, module).by_name.get(into.table) if into else None
        if into is None or about is None or not into.columns:
            return False
        return any(
            column.is_now and re.fullmatch(_CREATED, name) and name not in into.columns
            for name, column in about.columns.items()
        )

    def _made(self, store: Class, function: Function, name: str) -> None:
        items = self.sdk.unions.get("chatkit.types.ThreadItem", ())
        parts = reached(store, function)
        for node, module in of_last_write(self.sdk, store, parts):
            self.report(node, elsewhere=module, method=name)
        for part, module in parts:
            for node, made in models(self.sdk, module, part):
                times = [each for each in node.keywords if each.arg == "created_at"]
                if not times:
                    continue
                is_thread = _is_thread(made[0])
                if made[0].rpartition(".")[2] not in items and not is_thread:
                    continue
                # One that is made of the id that was asked for is made up.
                given_id = next((k.value for k in node.keywords if k.arg == "id"), None)
                parameters = {argument.arg for argument in part.args.args}
                is_asked = isinstance(given_id, ast.Name) and given_id.id in parameters
                if is_thread and (is_asked or "load_thread" in {name, part.name}):
                    continue
                now = present(part, module)
                for keyword in times:
                    if is_now(keyword.value, now):
                        self.report(keyword, elsewhere=module, method=name)


def _is_thread(full: str) -> bool:
    return full.rpartition(".")[2] in {"ThreadMetadata", "Thread"}


def _reads_created(module: Module, function: Function) -> bool:
    """Say whether a function reads an object's own `created_at`, or keeps it in a dump it sorts."""
    key = ("reads created", function)
    if key not in module.known:
        module.known[key] = any(
            isinstance(node, ast.Attribute)
            and node.attr == "created_at"
            and isinstance(node.ctx, ast.Load)
            for node in within(function, ast.Attribute)
        )
    return module.known[key]


def _writes_now(module: Module, query: Query, now: frozenset[str], columns: str) -> bool:
    """Say whether a statement, or the value bound to its column, is the present time."""
    text = query.flat
    if _SET_TO_NOW[columns].search(text):
        return True
    into = insert(text)
    for column in into.columns if into is not None else ():
        if re.fullmatch(columns, column):
            if re.fullmatch(_NOW, written(text, column)):
                return True
            value = given(module, query, column)
            if value is not None and is_now(value, now):
                return True
    return False


def _sets_now(node: ast.AST, now: frozenset[str], names: str) -> bool:
    """Say whether an object's, a row's or a document's `created_at` is set to the present."""
    match node:
        case (
            ast.Assign(targets=[ast.Attribute(attr=name)], value=value)
            | ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))], value=value)
            | ast.keyword(arg=str(name), value=value)
        ):
            return re.fullmatch(names, name) is not None and is_now(value, now)
        case ast.Dict(keys=keys, values=values):
            return any(
                isinstance(key, ast.Constant)
                and (
                    (re.fullmatch(names, str(key.value)) is not None and is_now(value, now))
                    or (key.value == "$currentDate" and "created_at" in _keys(value))
                )
                for key, value in zip(keys, values, strict=True)
            )
        case _:
            return False


def _keys(value: ast.expr) -> set[object]:
    keys = value.keys if isinstance(value, ast.Dict) else []
    return {key.value for key in keys if isinstance(key, ast.Constant)}


def _scores_now(module: Module, node: ast.Call, now: frozenset[str]) -> bool:
    """Say whether an object is sorted by when it was stored, as in a sorted set of Redis."""
    match node:
        case ast.Call(func=ast.Attribute(attr="zadd"), args=[key, ast.Dict(values=[score])]) if (
            is_now(score, now)
        ):
            return _MOVES.search(words_in(key)) is None
        case _:
            return False


def _row_of_now(project: Project, module: Module, node: ast.Call) -> bool:
    """Say whether a row is made whose `created_at` is left to a default, the present time."""
    if not isinstance(node.func, ast.Name) or not node.keywords:
        return False
    found = project.find_class(module.names.resolve(node.func) or "", module)
    table = row_class(found) if found is not None else None
    names = {keyword.arg for keyword in node.keywords}
    return (
        table is not None
        and None not in names
        and any(
            column.is_now and re.fullmatch(_CREATED, name) and name not in names
            for name, column in table.columns.items()
        )
    )
