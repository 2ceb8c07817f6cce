"""CKF218."""

import ast

from ..cascades import may_cascade
from ..classes import Class
from ..containers import held
from ..dead_cascades import is_switched_off
from ..declared_cascades import cascades
from ..defined_tables import is_declared
from ..deleted_rows import deleted_rows, removes_unseen
from ..deleting_statements import leave_items
from ..item_places import is_of_items, is_of_threads, item_keys, places
from ..left_rows import left_rows
from ..marked_threads import is_only_marked
from ..module import Function, Module, within
from ..other_keys import misses_all
from ..passed_cascades import is_passed_by
from ..removal_signs import is_removal, said_in, seeks
from ..removals import hands_on, lie_inside
from ..sql import queries
from ..store_rule import StoreRule
from ..stores import is_closed, reached
from ..unread_removals import is_schema_unseen, is_unread

Parts = list[tuple[Function, Module]]


class ThreadItemsKept(StoreRule):
    """Find `delete_thread` methods that leave the thread's items behind.

    What a user deleted is still stored, and comes back when a thread of the same id is made. Where
    the tables are made out of sight, their foreign keys may cascade, and nothing is said.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store

        TABLES = (
            "CREATE TABLE threads (owner text, id text, data text, PRIMARY KEY (owner, id));"
            "CREATE TABLE items (owner text, thread_id text, id text, data text);"
        )


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

        TABLES = (
            "CREATE TABLE threads (owner text, id text, data text, PRIMARY KEY (owner, id));"
            "CREATE TABLE items (owner text, thread_id text, id text, data text);"
        )


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

    def look(self, store: Class) -> None:
        """Look at how a thread is deleted."""
        function = store.own.get("delete_thread")
        if function is None or not is_closed(store, function):
            return
        parts = list(reached(store, function))
        modules = {module for _, module in parts}
        if any(is_schema_unseen(store, module) for module in modules):
            return
        if any(_removes_unseen(home, part) for part, home in parts):
            return
        may_go = any(cascades(store.project, module) for module in modules)
        if may_go and not self._is_dead(store, parts):
            return
        if hands_on(store, function, parts) or is_unread(store, function, parts):
            return
        if may_go or misses_all(store, parts):
            self.report(function)
            return
        left = left_rows(store, parts)
        if left is not None:
            self.report(left[0], elsewhere=left[1])
            return
        sent = [(query, module) for part, module in parts for query in queries(module, part)]
        deletes = [(query, module) for query, module in sent if query.verb == "DELETE"]
        if any(query.verb not in {"SELECT", "DELETE"} for query, _ in sent):
            if is_only_marked(store, parts):
                self.report(function)
            return  # what is marked, or put where another deletes it later
        if deletes:
            said = {word.lower() for part, _ in parts for word in said_in(part)}
            if leave_items(store, deletes, said):
                self.report(deletes[0][0].node, elsewhere=deletes[0][1])
            return
        models = [
            (name, node, module)
            for part, module in parts
            for node in within(part, ast.Call)
            for name in deleted_rows(module, node)
        ]
        if models:
            names = {name for name, _, _ in models}
            kept = {each for each in self._kept(store) if each[:1].isupper()}
            forgets = (
                not kept & names if kept else len(names) == 1 and self._is_thread(store, names)
            )
            forgets = forgets and not any(map(is_of_items, names))
            forgets = forgets and all(is_declared(store, home, name) for name, _, home in models)
            if forgets and not may_cascade(store, models[0][2]):
                self.report(models[0][1], elsewhere=models[0][2])
            return
        self._forgotten(store, function, parts)

    def _is_dead(self, store: Class, parts: Parts) -> bool:
        """Say whether a cascade that is declared never runs."""

        def kept() -> set[str]:
            return {each for each in self._kept(store) if each[:1].isupper()}

        return is_switched_off(store, parts) or is_passed_by(store, parts, kept)

    def _is_thread(self, store: Class, names: set[str]) -> bool:
        """Say whether rows that are deleted are threads alone, where no item has a row."""
        adding = store.method("add_thread_item")
        if adding is None:
            return all(is_of_threads(name) for name in names)
        # An item that is put into no row of its own is in the thread's, or of the same kind.
        put = {word for part, _ in reached(store, adding[0]) for word in said_in(part)}
        return not names & put

    def _kept(self, store: Class, *, inner: bool = True) -> set[str]:
        """Return where adding an item puts it, and saving a thread puts nothing.

        Without `inner`, only places of their own, not parts of a record.
        """
        adding, saving = store.method("add_thread_item"), store.method("save_thread")
        if adding is None:
            return {each for each in held(store) if is_of_items(each)}
        kept = places(store, list(reached(store, adding[0])), inner=inner)
        saved = list(reached(store, saving[0])) if saving is not None else []
        others = places(store, saved, inner=inner)
        return {each for each in kept if each not in others or is_of_items(each)}

    def _forgotten(self, store: Class, function: Function, parts: Parts) -> None:
        """Look for a place that items are put into and that deleting a thread never names."""
        adding = store.method("add_thread_item")
        removes = next(
            ((n, module) for part, module in parts for n in within(part) if is_removal(n)), None
        )
        if removes is None:
            return
        kept = self._kept(store)
        elsewhere = bool(kept)
        if adding is not None and not elsewhere:
            put = reached(store, adding[0])
            kept = {word for part, home in put for word in item_keys(home, part)}
        if any(seeks(part, elsewhere=elsewhere) for part, _ in parts):
            return
        put = list(reached(store, adding[0])) if adding is not None else []
        if not self._kept(store, inner=False) and lie_inside(put, parts):
            return
        said = {word.lower() for part, _ in parts for word in said_in(part)}
        if kept and not any(place.lower() in word for place in kept for word in said):
            # Where several places are named, it is the method that forgets one of them.
            node, module = removes if len(kept) == 1 else (function, self.module)
            self.report(node if module is self.module else function, method="delete_thread")


def _removes_unseen(module: Module, part: Function) -> bool:
    """Say whether a function, which other stores may share, removes rows that cannot be seen."""
    key = ("removes unseen", part)
    if key not in module.known:
        nodes = within(part, ast.Call)
        module.known[key] = any(removes_unseen(module, node) for node in nodes)
    return module.known[key]
