"""CKF202."""

import ast
from collections.abc import Iterator

from ..calls import Callee, callees, keeps_word
from ..classes import Class
from ..module import Function, Module, within
from ..owner_sql import OWNER, is_owner
from ..ownership import Ownership, own_attributes
from ..results import results
from ..scoping import Scoping
from ..sql import Query, queries
from ..store_rule import StoreRule
from ..stores import reached
from ..upserts import may_overwrite, upserts

_SAVES = ("save_thread", "save_item", "add_thread_item", "save_attachment")


class UnguardedUpsert(StoreRule):
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

    def look(self, store: Class) -> None:
        """Look at what a store's methods write, and at what the save methods call for it."""
        found: dict[Function, Module] = dict.fromkeys(store.own.values(), self.module)
        for name in _SAVES:
            function = store.own.get(name)
            if function is not None:
                for part, module in reached(store, function):
                    found.setdefault(part, module)
        for function, module in found.items():
            if function.name.startswith(("load_", "delete_")):
                continue  # what is written there is a copy, in a cache
            if function.name in _SAVES or may_overwrite(store, module, function):
                self._look(store, function, module)

    def _look(self, store: Class, function: Function, module: Module) -> None:
        flow = self._flow(store, function, module)
        writes = [each for each in upserts(store, module, function, flow) if each.is_open]
        late = self._changed_later(store, function, module, flow)
        if not writes and late is None:
            return
        if self._looked(store, function, module, flow):
            return
        scoping = Scoping(store, Callee(function, module, store), flow)
        known = scoping.known() if writes else set[str]()
        for each in writes:
            # Of some the object itself was looked for with the owner before.
            if each.ids is None or known.isdisjoint(each.ids):
                self.report(each.node, elsewhere=module)
        if late is not None and not writes:
            self.report(late, elsewhere=module)

    def _flow(self, store: Class, function: Function, module: Module) -> Ownership:
        """Follow the owner: the context, or what a helper calls the owner it is given."""
        names = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
        owned = {name for name in names if name in {"context", "ctx"} or is_owner(name)}
        if function.name in _SAVES and not owned:
            owned = set(names[-1:])
        ids = {*names} - owned - {"self", "cls"}
        return Ownership(module, function, {*owned, *self._kept(store, module, function)}, ids)

    def _kept(self, store: Class, module: Module, function: Function) -> Iterator[str]:
        kept = _keeping(module)
        for node in within(function, ast.Attribute) if kept else ():
            name = kept.get(node)
            if name is not None and store.method(name) is None:
                yield f".{name}"

    def _changed_later(
        self, store: Class, function: Function, module: Module, flow: Ownership
    ) -> ast.AST | None:
        """Return the look for a row by its id alone whose columns are changed afterwards."""
        if function.name not in _SAVES:
            return None
        changed = {
            node.value.id
            for node in within(function, ast.Attribute)
            if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
        }
        if not changed or flow.compares():
            return None
        scoping = Scoping(store, Callee(function, module, store), flow)
        for node, home in scoping.unscoped():
            if home is module and results(module, node) & changed:
                return node
        return None

    def _looked(self, store: Class, function: Function, module: Module, flow: Ownership) -> bool:
        """Say whether a function reads whose row there is, and compares, before it writes."""
        if flow.compares():
            return True
        for node in within(function, ast.Call):
            if not isinstance(node, ast.Call) or not flow.is_owned(node) or not flow.ids_in(node):
                continue
            for each in callees(store, store, module, node):
                given = {name for name, value in each.given if flow.is_owned(value)}
                if Ownership(each.module, each.function, given, ()).compares():
                    return True
        for part, home in reached(store, function):
            for query in queries(home, part):
                if query.verb == "SELECT" and _asks_for_others(query):
                    return True
            for node in within(part, ast.Compare):
                match node:
                    case ast.Compare(left=left, ops=[ast.NotEq() | ast.Eq()], comparators=[right]):
                        if part is function and OWNER.search(f"{_last(left)} {_last(right)}"):
                            return True
                        if _is_row_thread(left) or _is_row_thread(right):
                            return True
                    case _:
                        continue
        return False


def _keeping(module: Module) -> dict[ast.AST, str]:
    """Return where anything in the file asks itself for the owner, and by which name: seldom."""
    key = ("keeping", None)
    if key not in module.known:
        module.known[key] = {n: n.attr for n in own_attributes(module, keeps_word)}
    return module.known[key]


def _asks_for_others(query: Query) -> bool:
    """Say whether a SELECT looks for a row of that id that is somebody else's."""
    where = query.flat.partition(" where ")[2]
    return OWNER.search(where) is not None and any(
        sign in where for sign in ("<>", "!=", "is distinct from")
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
