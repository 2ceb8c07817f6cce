"""CKF202."""

import ast
import re

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sql import Query, queries
from ..stores import reached
from ..tables import Tables

_TARGET = re.compile(r"on conflict\s*\((?P<columns>[^)]*)\)\s*do update(?P<rest>.*)", re.S)
_INTO = re.compile(r"(?:insert(?:\s+or\s+replace)?|replace)\s+into\s+[\"'`]?(?P<table>[\w.{}]+)")
_PEOPLE = ("owner", "user", "tenant", "account")
# In a SELECT an owner that must not be another: WHERE id = ? AND owner <> ?
_OTHERS = tuple(
    f"{word}{end} {sign}"
    for word in ("owner", "user", "tenant", "thread")
    for end in ("", "_id")
    for sign in ("<>", "!=", "is distinct")
)
_OWNERS = ("owner", "user", "tenant", "account", "thread", "context")


class UnguardedUpsert(Rule):
    """Find upserts that overwrite whatever has the same id, whoever owns it.

    A conflict on an id alone lets anybody replace another's row, or move an item into his own
    thread, by saving under an id he has seen.

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
                    "INSERT INTO threads (id, owner, data) VALUES ($1, $2, $3)"
                    " ON CONFLICT (id) DO UPDATE SET data = excluded.data",
                    thread.id,
                    context["user_id"],
                    thread.model_dump_json(),
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
                    "INSERT INTO threads (id, owner, data) VALUES ($1, $2, $3)"
                    " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
                    thread.id,
                    context["user_id"],
                    thread.model_dump_json(),
                )

    Source: 16 of 43 public stores let another owner's row be overwritten.
    """

    code = "CKF202"
    name = "unguarded-upsert"
    message = "this overwrites a row of the same id, whoever owns it"
    hint = "make the owner part of the key, or guard the update: WHERE owner = excluded.owner"

    def visit_store(self, store: Class) -> None:
        """Look at what a store's methods send."""
        tables = Tables(self.module)
        for function in store.own.values():
            for query in queries(self.module, function):
                if self._overwrites(query, tables) and not self._looked(store, function):
                    self.report(query.node)
            for node in within(function):
                upserts = _is_open_document(node) or _is_open_expression(node)
                upserts = upserts or self._merges(store, node)
                if upserts and not self._looked(store, function):
                    self.report(node)

    def _merges(self, store: Class, node: ast.AST) -> bool:
        """Say whether a row is merged by SQLAlchemy whose key is its id alone."""
        match node:
            case ast.Call(
                func=ast.Attribute(attr="merge"), args=[ast.Call(func=ast.Name() as row)]
            ):
                name = self.module.names.resolve(row)
                model = store.project.find_class(name, self.module) if name else None
                return model is not None and _keys(model) == ["id"]
            case _:
                return False

    def _looked(self, store: Class, function: Function) -> bool:
        """Say whether a function reads whose row there is, and compares, before it writes."""
        parts = [(part, module) for part, module in reached(store, function)]
        for part, module in parts:
            for query in queries(module, part):
                where = query.flat.partition(" where ")[2]
                if query.verb == "SELECT" and any(word in where for word in _OTHERS):
                    return True
            for node in within(part):
                match node:
                    case ast.Compare(left=left, ops=[ast.NotEq() | ast.Eq()], comparators=[right]):
                        words = {_last(left), _last(right)}
                        if any(o in word for word in words for o in _PEOPLE) and part is function:
                            return True
                        if _is_row_thread(left) or _is_row_thread(right):
                            return True
                    case _:
                        continue
        return False

    def _overwrites(self, query: Query, tables: Tables) -> bool:
        text = query.flat
        into = _INTO.search(text)
        key = tables.keys.get(into["table"].rpartition(".")[2]) if into else None
        target = _TARGET.search(text)
        if target is not None:
            # What stands in braces is put in elsewhere: it cannot be seen here.
            guarded = any(word in target["columns"] for word in (*_OWNERS, "{"))
            where = target["rest"].partition(" where ")[2]
            where += target["rest"].partition("case when ")[2]
            return (
                not guarded
                and not any(word in where for word in (*_OWNERS, "{"))
                and not _is_composed(query)
            )
        replaces = text.startswith(("insert or replace", "replace into"))
        if replaces or "on duplicate key update" in text:
            checked = "if(" in text.partition("on duplicate key update")[2].replace(" ", "")
            return (
                key is not None
                and not checked
                and not any(word in column for column in key for word in _OWNERS)
                and not _is_composed(query)
            )
        return False


def _is_composed(query: Query) -> bool:
    """Say whether the key is put together from an owner and an id: f"{owner}:{thread.id}"."""
    return any(
        isinstance(node, ast.JoinedStr)
        and sum(isinstance(value, ast.FormattedValue) for value in node.values) > 1
        for argument in query.node.args[1:]
        for node in (argument, *within(argument))
    )


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case _:
            return ""


def _is_row_thread(node: ast.expr) -> bool:
    """Say whether this is the thread of a row that was read, not of the item to be stored."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="thread_id"):
            return name != "item" and not name[:1].isupper()
        case ast.Subscript(slice=ast.Constant(value="thread_id")):
            return True
        case _:
            return False


def _keys(model: Class) -> list[str]:
    """Return the columns that a table class declares as its primary key."""
    found: list[str] = []
    for statement in model.node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(keywords=keywords)) | (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=keywords))
            ) if any(k.arg == "primary_key" for k in keywords):
                found.append(name)
            case _:
                continue
    return found


def _is_open_expression(node: ast.AST) -> bool:
    """Say whether SQLAlchemy updates what has the same id, with no owner in key or condition."""
    match node:
        case ast.Call(func=ast.Attribute(attr="on_conflict_do_update"), args=[], keywords=keywords):
            given = {k.arg: k.value for k in keywords}
            elements = given.get("index_elements")
            if "where" in given or None in given or not isinstance(elements, (ast.List, ast.Tuple)):
                return False
            names = [
                str(e.value) if isinstance(e, ast.Constant) else _last(e) for e in elements.elts
            ]
            return names in (["id"], ["thread_id"], ["item_id"], ["attachment_id"])
        case _:
            return False


def _is_open_document(node: ast.AST) -> bool:
    """Say whether a document is replaced or made by its id alone, as in MongoDB."""
    match node:
        case ast.Call(
            func=ast.Attribute(
                attr="replace_one" | "update_one" | "find_one_and_replace" | "find_one_and_update"
            ),
            args=[ast.Dict(keys=keys), *_],
            keywords=keywords,
        ):
            upserts = any(
                k.arg == "upsert" and isinstance(k.value, ast.Constant) and k.value.value
                for k in keywords
            )
            names = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
            plain = len(names) == len(keys) and names in (["_id"], ["id"])
            return upserts and plain and _plain_id(node)
        case _:
            return False


def _plain_id(node: ast.Call) -> bool:
    """Say whether the id in the filter is an object's own, with no owner put into it."""
    match node.args[0]:
        case ast.Dict(values=[ast.Attribute(attr="id") | ast.Name()]):
            return True
        case _:
            return False
