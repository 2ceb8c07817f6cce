"""CKF203."""

import ast

from ..additions import adds
from ..appended_items import appends, pushed_again
from ..classes import Class
from ..conflicts import left_alone, minds_conflict
from ..insert_statements import heals, inserted_into
from ..item_names import item_parameter
from ..journals import is_journal
from ..kept_items import keeps_old
from ..kept_lists import listed_again
from ..module import Module, within
from ..named_uses import attributes
from ..sql import queries
from ..store_rule import StoreRule
from ..stores import reached


class InsertOnlyAdd(StoreRule):
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
    message = "{method}() fails, doubles the item or keeps the old one when its id is there already"
    hint = "update in place: ON CONFLICT ... DO UPDATE, replace_one(upsert=True), or by key"

    def look(self, store: Class) -> None:
        """Look at how items are added."""
        function = store.own.get("add_thread_item")
        if function is None:
            return
        parts = list(reached(store, function))
        names = [argument.arg for argument in function.args.args]
        item = names[2] if len(names) > 2 else "item"
        for part, module in parts:
            if part.name.startswith("load_") or not _may_know(module, item):
                continue
            kept = left_alone(part, item) or next(
                keeps_old(module, part, item, [each for each, _ in parts]), None
            )
            if kept is not None:
                self.report(kept, elsewhere=module, method="add_thread_item")
                return
        if any(minds_conflict(store, module, part, item) for part, module in parts):
            again = pushed_again(parts) or next(
                ((node, m) for part, m in parts for node in listed_again(m, part, item)), None
            )
            if again is not None:
                self.report(again[0], elsewhere=again[1], method="add_thread_item")
            return
        inserts = [(q, m) for part, m in parts for q in queries(m, part)]
        if any(heals(query.flat) for query, _ in inserts):
            return
        if is_journal(store, parts):
            return
        for query, module in inserts:
            if query.verb == "INSERT" and "thread" not in inserted_into(query.flat):
                place = None if module is self.module else module
                self.report(query.node, elsewhere=place, method="add_thread_item")
                return
        for query, module in inserts:
            if query.verb == "INSERT":
                self.report(query.node, elsewhere=module, method="add_thread_item")
                return
        for part, module in parts:
            for node in within(part, ast.Call):
                if appends(store, node, item):
                    self.report(node, elsewhere=module, method="add_thread_item")
                    return
        own = {part.name for part, _ in parts}
        for part, module in parts:
            if part.name.startswith("load_"):
                continue
            names = {argument.arg for argument in part.args.args}
            found = next(
                adds(module, part, item if item in names else item_parameter(part), own), None
            )
            if found is not None:
                self.report(found, elsewhere=module, method="add_thread_item")
                return


def _may_know(module: Module, item: str) -> bool:
    """Say whether a file reads any id or the item; a pool that all stores reach does neither."""
    if "id" in attributes(module):
        return True
    key = ("all names", None)
    if key not in module.known:
        module.known[key] = {node.id for node in module.nodes(ast.Name)}
    return item in module.known[key]
