"""CKF218."""

import ast
import re
from collections.abc import Iterator, Sequence

from ..classes import Class
from ..containers import held, kept_here, named
from ..flow import words_in
from ..module import Function, Module, within
from ..sql import Query, queries
from ..store_rule import StoreRule
from ..stores import is_closed, reached
from ..tables import row_class, tables

_INTO = re.compile(r"into [\"'`]?(?:\w+\.)?(\w+)")
_FROM = re.compile(r"delete from [\"'`]?(?:\w+\.)?(\w+)")
_REMOVES = frozenset({
    "hdel", "lrem", "zrem", "srem", "unlink", "delete_item", "delete", "delete_one", "pop",
    "rmtree", "remove",
})  # fmt: skip
# What finds everything that belongs to a thread, by another way than its name.
_SEEKS = frozenset({
    "scan_iter", "keys", "query_items", "query", "delete_many", "glob", "rmtree", "collections",
    "delete_entities", "recursive_delete", "scan", "list_objects_v2", "eval", "iterdir",
})  # fmt: skip
_STORES = frozenset({
    "insert_one", "replace_one", "update_one", "find_one_and_replace", "find_one_and_update",
    "setdefault", "append",
})  # fmt: skip
Parts = list[tuple[Function, Module]]


class ThreadItemsKept(StoreRule):
    """Find `delete_thread` methods that leave the thread's items behind.

    What a user deleted is still stored, and comes back when a thread of the same id is made.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


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
        if any(tables(store.project, module).cascades for module in {m for _, m in parts}):
            return
        sent = [(query, module) for part, module in parts for query in queries(module, part)]
        deletes = [(query, module) for query, module in sent if query.verb == "DELETE"]
        if deletes:
            said = {word.lower() for part, _ in parts for word in _said(part)}
            self._statements(store, deletes, said)
            return
        models = [
            (name, node, module)
            for part, module in parts
            for node in within(part, ast.Call)
            for name in _deleted(module, node)
        ]
        if models:
            names = {name for name, _, _ in models}
            kept = {each for each in self._kept(store) if each[:1].isupper()}
            forgets = not kept & names if kept else len(names) == 1
            if forgets and not any(map(_is_of_items, names)):
                self.report(models[0][1], elsewhere=models[0][2])
            return
        self._forgotten(store, function, parts)

    def _statements(
        self, store: Class, deletes: list[tuple[Query, Module]], said: set[str]
    ) -> None:
        """Look at the statements that delete a thread."""
        first, module = deletes[0]
        looped = any(_loops(home, query.node) for query, home in deletes)
        kept = self._tables_kept(store, [query for query, _ in deletes])
        items = self._item_tables(store)
        if any("{" in query.flat for query, _ in deletes) and items:
            # Tables that are named in a list, or handed to a helper.
            kept = not any(table in word for table in items for word in said)
            looped = False
        if kept is None:
            kept = len(deletes) == 1 and not _several(first.flat)
        if kept and not looped:
            self.report(first.node, elsewhere=module)

    def _tables_kept(self, store: Class, deletes: list[Query]) -> bool | None:
        """Say whether items are put into a table that nothing is deleted from; None: not known."""
        items = self._item_tables(store)
        gone = {m[1] for q in deletes if (m := _FROM.search(q.flat))}
        if not items or len(gone) < 1 or any("{" in q.flat for q in deletes):
            return None
        if any("," in q.flat.partition(" where ")[0] or " join " in q.flat for q in deletes):
            return None
        return not items & gone

    def _item_tables(self, store: Class) -> set[str]:
        """Return the tables that adding an item puts it into."""
        adding = store.method("add_thread_item")
        into: set[str] = set()
        for part, module in reached(store, adding[0]) if adding is not None else ():
            into |= {m[1] for q in queries(module, part) if (m := _INTO.search(q.flat))}
        return {table for table in into if _is_of_items(table)}

    def _kept(self, store: Class) -> set[str]:
        """Return where adding an item puts it, and saving a thread puts nothing."""
        adding, saving = store.method("add_thread_item"), store.method("save_thread")
        if adding is None:
            return {each for each in held(store) if _is_of_items(each)}
        kept = _places(store, list(reached(store, adding[0])))
        saved = list(reached(store, saving[0])) if saving is not None else []
        others = _places(store, saved)
        return {each for each in kept if each not in others or _is_of_items(each)}

    def _forgotten(self, store: Class, function: Function, parts: Parts) -> None:
        """Look for a place that items are put into and that deleting a thread never names."""
        adding = store.method("add_thread_item")
        removes = next(
            ((n, module) for part, module in parts for n in within(part) if _is_removal(n)), None
        )
        if removes is None:
            return
        kept = self._kept(store)
        elsewhere = bool(kept)
        if adding is not None and not elsewhere:
            put = reached(store, adding[0])
            kept = {word for part, _ in put for word in _keys(part)}
        if any(_seeks(part, elsewhere=elsewhere) for part, _ in parts):
            return
        said = {word.lower() for part, _ in parts for word in _said(part)}
        if kept and not any(place.lower() in word for place in kept for word in said):
            # Where several places are named, it is the method that forgets one of them.
            node, module = removes if len(kept) == 1 else (function, self.module)
            self.report(node if module is self.module else function, method="delete_thread")


def _is_of_items(name: str) -> bool:
    return any(word in name.lower() for word in ("item", "message", "entry", "entries"))


def _loops(module: Module, node: ast.AST) -> bool:
    return any(isinstance(parent, (ast.For, ast.AsyncFor)) for parent in module.ancestors(node))


def _seeks(function: Function, *, elsewhere: bool) -> bool:
    """Say whether a function looks for what belongs to a thread, or deletes it in a loop.

    Where items are kept in a place of their own, finding what is in another is not enough.
    """
    for node in within(function, ast.Call, ast.For, ast.AsyncFor):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in _SEEKS:
                if name != "delete_many" or not elsewhere:
                    return True
            case ast.For() | ast.AsyncFor():
                words = words_in(node).lower()
                is_of_files = any(word in words for word in ("attach", "file", "upload"))
                if not is_of_files and any(_is_removal(inner) for inner in within(node)):
                    return True
            case _:
                continue
    return False


def _is_removal(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _REMOVES
        case ast.Delete(targets=[ast.Subscript()]):
            return True
        case _:
            return False


def _places(store: Class, parts: Parts) -> set[str]:
    """Return what objects are put into: containers, collections, classes of rows, parts of keys."""
    found: set[str] = set()
    for part, module in parts:
        containers = held(store) | kept_here(store, module)
        for node in within(part, ast.Assign, ast.Call):
            if isinstance(node, ast.Call):
                found |= _handed(store, module, node.args)
            match node:
                case ast.Assign(targets=[ast.Subscript(value=value)]):
                    found |= {named(value)} & containers
                    found.add(_part_of(value))
                case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _STORES:
                    if named(value) in containers or not name.startswith(("set", "app")):
                        found.add(named(value))
                    found.add(_part_of(value))
                case ast.Call(func=ast.Name(id=name)):
                    model = store.project.find_class(module.names.resolve(node.func) or "", module)
                    if model is not None and row_class(model) is not None:
                        found.add(name)
                case _:
                    continue
    return found - {""}


def _keys(function: Function) -> set[str]:
    """Return the parts of keys that speak of items: f"items:{thread_id}"."""
    found: set[str] = set()
    for node in within(function, ast.Constant):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = re.findall(r"[\w-]+", node.value) if " " not in node.value.strip() else []
            found |= {word for word in words if _is_of_items(word) and len(word) < 24}
    return found


def _handed(store: Class, module: Module, args: Sequence[ast.expr]) -> set[str]:
    """Return the collection or the table of items that a helper is given."""
    found: set[str] = set()
    for each in args:
        match each:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found |= {name} if store.method(name) is None else set()
            case ast.Name(id=name) if _is_table(module, name):
                found.add(name)
            case _:
                continue
    return {name for name in found if _is_of_items(name)}


def _part_of(value: ast.expr) -> str:
    """Return the attribute of a record that a container is: "items" of `box.items[thread_id]`."""
    while isinstance(value, ast.Subscript):
        value = value.value
    match value:
        case ast.Attribute(value=ast.Name() | ast.Call(), attr=attr) if _is_of_items(attr):
            return attr
        case _:
            return ""


def _said(function: Function) -> Iterator[str]:
    """Yield the names and strings of a function, without its docstring."""
    first = function.body[0]
    documented = first.value if isinstance(first, ast.Expr) else None
    # `files.items()` does not speak of items.
    pairs = {
        call.func
        for call in within(function, ast.Call)
        if isinstance(call, ast.Call) and not call.args
    }
    for node in within(function, ast.Name, ast.Attribute, ast.Constant):
        match node:
            case ast.Attribute(attr="items") if node in pairs:
                continue
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Constant(value=str(text)) if node is not documented:
                yield text
            case _:
                continue


def _several(text: str) -> bool:
    """Say whether one statement deletes from more than one table, or from one for everything."""
    head = text.partition(" where ")[0]
    return "," in head or " join " in head or "{}" in head or "thread_id" in text


def _deleted(module: Module, node: ast.AST) -> Iterator[str]:
    """Yield the classes or tables whose rows a `delete(Model)` of SQLAlchemy removes."""
    match node:
        case ast.Call(
            func=ast.Name(id="delete" | "sa_delete") | ast.Attribute(attr="delete"),
            args=[ast.Name(id=name) as given],
        ):
            pass
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name) as given, attr="delete"), args=[]):
            pass
        case _:
            return
    loops = [
        each.iter
        for each in module.ancestors(given)
        if isinstance(each, ast.For)
        and isinstance(each.target, ast.Name)
        and each.target.id == name
    ]
    match loops:
        case [ast.Tuple(elts=elements) | ast.List(elts=elements)]:
            yield from (each.id for each in elements if isinstance(each, ast.Name))
        case [] if name[:1].isupper() or _is_table(module, name):
            yield name
        case _:
            return


def _is_table(module: Module, name: str) -> bool:
    """Say whether a name is a table: what the top of a module makes, in small letters."""
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Call()) if found == name:
                return name.islower()
            case _:
                continue
    return False
