"""CKF202."""

import ast
import re

from ..classes import Class
from ..module import within
from ..rule import Rule
from ..sql import Query, queries
from ..tables import Tables

_TARGET = re.compile(r"on conflict\s*\((?P<columns>[^)]*)\)\s*do update(?P<rest>.*)", re.S)
_INTO = re.compile(r"(?:insert(?:\s+or\s+replace)?|replace)\s+into\s+[\"'`]?(?P<table>[\w.{}]+)")
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
                if self._overwrites(query, tables):
                    self.report(query.node)
            for node in within(function, ast.Call):
                if _is_open_document(node):
                    self.report(node)

    def _overwrites(self, query: Query, tables: Tables) -> bool:
        text = query.flat
        into = _INTO.search(text)
        key = tables.keys.get(into["table"].rpartition(".")[2]) if into else None
        target = _TARGET.search(text)
        if target is not None:
            # What stands in braces is put in elsewhere: it cannot be seen here.
            guarded = any(word in target["columns"] for word in (*_OWNERS, "{"))
            where = target["rest"].partition(" where ")[2]
            return not guarded and not any(word in where for word in _OWNERS)
        replaces = text.startswith(("insert or replace", "replace into"))
        if replaces or "on duplicate key update" in text:
            checked = "if(" in text.partition("on duplicate key update")[2].replace(" ", "")
            return (
                key is not None
                and not checked
                and not any(word in column for column in key for word in _OWNERS)
            )
        return False


def _is_open_document(node: ast.AST) -> bool:
    """Say whether a document is replaced or made by its id alone, as in MongoDB."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="replace_one" | "update_one" | "find_one_and_replace"),
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
