"""CKF204."""

import ast

from ..classes import Class
from ..embedded import embeds
from ..inserts import adds_new, makes_row
from ..module import Function, Module, within
from ..refused_saves import leaves_when_new, refuses_when_new
from ..sql import queries
from ..store_rule import StoreRule
from ..stores import reached
from ..updates import keeps_known, only_if_there, replaces_in_list, updates_only

_METHODS = ("save_thread", "save_item", "save_attachment")
_INSERTING = ("insert", "replace into", "merge ", "upsert")


class UpdateOnlySave(StoreRule):
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

    def look(self, store: Class) -> None:
        """Look at how objects are saved."""
        for name in _METHODS:
            function = store.own.get(name)
            found = self._only_updates(store, function) if function is not None else None
            if found is not None:
                self.report(found[0], elsewhere=found[1], method=name)

    def _only_updates(self, store: Class, function: Function) -> tuple[ast.AST, Module] | None:
        """Return what changes an object where it is stored, when nothing stores a new one."""
        parts = [
            (part, module)
            for part, module in reached(store, function)
            if part is function or not part.name.startswith(("load_", "delete_"))
        ]
        sent = [(q, m) for part, m in parts for q in queries(m, part)]
        if any(word in q.flat for q, _ in sent for word in _INSERTING):
            return None
        for query, module in sent:
            if query.verb == "UPDATE":
                return None if _stores(parts, function) else (query.node, module)
        for part, module in parts:
            calls = within(part, ast.Call)
            place = next((node for node in calls if updates_only(module, node)), None)
            if place is not None:
                return None if _stores(parts, function) else (place, module)
        if any(makes_row(node) for part, _ in parts for node in within(part)):
            return None
        place = (
            only_if_there(function)
            or keeps_known(function)
            or leaves_when_new(function)
            or refuses_when_new(store, self.module, function)
            or replaces_in_list(function, [part for part, _ in parts])
        )
        return (place, self.module) if place is not None else None


def _stores(parts: list[tuple[Function, Module]], function: Function) -> bool:
    """Say whether a new object is stored besides, by itself or inside a larger record."""
    return adds_new(parts) or embeds(parts, function.name)
