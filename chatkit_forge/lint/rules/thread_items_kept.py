"""CKF218."""

import ast
import re
from collections.abc import Iterator, Sequence

from ..cascades import may_cascade
from ..classes import Class
from ..containers import held, kept_here, named
from ..flow import words_in
from ..module import Function, Module, within
from ..removals import hands_on, lie_inside
from ..sql import Query, queries
from ..store_rule import StoreRule
from ..stores import is_closed, reached
from ..tables import row_class, tables
from ..unread_removals import is_schema_unseen, is_unread

_INTO = re.compile(r"into [\"'`]?(?:\w+\.)?(\w+)")
_FROM = re.compile(r"delete from [\"'`]?(?:\w+\.)?(\w+)")
_UPDATE = re.compile(r"^update [\"'`]?(?:\w+\.)?(\w+)")
_REMOVES = frozenset({
    "hdel", "lrem", "zrem", "srem", "unlink", "delete_item", "delete", "delete_one", "pop",
    "rmtree", "remove", "delete_many",
})  # fmt: skip
# What finds everything that belongs to a thread, by another way than its name.
_SEEKS = frozenset({
    "scan_iter", "keys", "query_items", "query", "delete_many", "glob", "rmtree", "collections",
    "delete_entities", "recursive_delete", "scan", "list_objects_v2", "eval", "iterdir",
    "rglob", "startswith", "list_documents", "set_range",
})  # fmt: skip
# How a call is told to take everything of a kind.
_WIDE = frozenset({"prefix", "match", "pattern", "recursive"})
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
        modules = {module for _, module in parts}
        if any(tables(store.project, module).cascades for module in modules):
            return
        if any(is_schema_unseen(store, module) for module in modules):
            return
        if hands_on(store, function, parts) or is_unread(store, function, parts):
            return
        sent = [(query, module) for part, module in parts for query in queries(module, part)]
        deletes = [(query, module) for query, module in sent if query.verb == "DELETE"]
        if any(query.verb not in {"SELECT", "DELETE"} for query, _ in sent):
            return  # what is marked, or put where another deletes it later
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
            forgets = (
                not kept & names if kept else len(names) == 1 and self._is_thread(store, names)
            )
            forgets = forgets and not any(map(_is_of_items, names))
            if forgets and not may_cascade(store, models[0][2]):
                self.report(models[0][1], elsewhere=models[0][2])
            return
        self._forgotten(store, function, parts)

    def _is_thread(self, store: Class, names: set[str]) -> bool:
        """Say whether rows that are deleted are threads alone, where no item has a row."""
        adding = store.method("add_thread_item")
        if adding is None:
            return all(_is_of_threads(name) for name in names)
        # An item that is put into no row of its own is in the thread's, or of the same kind.
        put = {word for part, _ in reached(store, adding[0]) for word in _said(part)}
        return not names & put

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
            kept = kept and not self._is_open(store, [query for query, _ in deletes])
            looped = False
        if kept is None:
            kept = len(deletes) == 1 and not _several(first.flat) and not self._shared(store, first)
        if kept and not looped and not may_cascade(store, module):
            self.report(first.node, elsewhere=module)

    def _tables_kept(self, store: Class, deletes: list[Query]) -> bool | None:
        """Say whether items are put into a table that nothing is deleted from; None: not known."""
        items = self._item_tables(store)
        gone = {name for q in deletes for name in _FROM.findall(q.flat)}
        if not items or len(gone) < 1 or any("{" in q.flat for q in deletes):
            return None
        if any("," in q.flat.partition(" where ")[0] or " join " in q.flat for q in deletes):
            return None
        return not items & gone

    def _is_open(self, store: Class, deletes: list[Query]) -> bool:
        """Say whether statements name their tables by what a function's own variables hold."""
        parts = {word for query in deletes for each in query.dynamic for word in _names(each)}
        return any(name.isidentifier() and not name.startswith("self.") for name in parts)

    def _shared(self, store: Class, query: Query) -> bool:
        """Say whether items go with what a statement deletes: their table is the same."""
        gone = set(_FROM.findall(query.flat))
        adding = store.method("add_thread_item")
        written: set[str] = set()
        for part, module in reached(store, adding[0]) if adding is not None else ():
            for sent in queries(module, part):
                written |= {*_INTO.findall(sent.flat), *_UPDATE.findall(sent.flat)}
        if not written:
            # Where an item is put by what cannot be read, it may be in the thread's own row.
            return adding is not None or not any(map(_is_of_threads, gone))
        return bool(gone & written)

    def _item_tables(self, store: Class) -> set[str]:
        """Return the tables that adding an item puts it into."""
        adding = store.method("add_thread_item")
        into: set[str] = set()
        for part, module in reached(store, adding[0]) if adding is not None else ():
            into |= {m[1] for q in queries(module, part) if (m := _INTO.search(q.flat))}
        return {table for table in into if _is_of_items(table)}

    def _kept(self, store: Class, *, inner: bool = True) -> set[str]:
        """Return where adding an item puts it, and saving a thread puts nothing.

        Without `inner`, only places of their own, not parts of a record.
        """
        adding, saving = store.method("add_thread_item"), store.method("save_thread")
        if adding is None:
            return {each for each in held(store) if _is_of_items(each)}
        kept = _places(store, list(reached(store, adding[0])), inner=inner)
        saved = list(reached(store, saving[0])) if saving is not None else []
        others = _places(store, saved, inner=inner)
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
            kept = {word for part, home in put for word in _keys(home, part)}
        if any(_seeks(part, elsewhere=elsewhere) for part, _ in parts):
            return
        put = list(reached(store, adding[0])) if adding is not None else []
        if not self._kept(store, inner=False) and lie_inside(put, parts):
            return
        said = {word.lower() for part, _ in parts for word in _said(part)}
        if kept and not any(place.lower() in word for place in kept for word in said):
            # Where several places are named, it is the method that forgets one of them.
            node, module = removes if len(kept) == 1 else (function, self.module)
            self.report(node if module is self.module else function, method="delete_thread")


def _is_of_items(name: str) -> bool:
    return any(word in name.lower() for word in ("item", "message", "entry", "entries"))


def _is_of_threads(name: str) -> bool:
    words = ("thread", "conversation", "chat", "session", "dialog")
    return any(word in name.lower() for word in words) and not _is_of_items(name)


def _names(node: ast.expr) -> set[str]:
    """Return the names and attributes that an expression reads, with their object."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=attr):
            return {f"{owner}.{attr}"}
        case ast.Name(id=name):
            return {name}
        case _:
            return set()


def _loops(module: Module, node: ast.AST) -> bool:
    return any(isinstance(parent, (ast.For, ast.AsyncFor)) for parent in module.ancestors(node))


def _seeks(function: Function, *, elsewhere: bool) -> bool:
    """Say whether a function looks for what belongs to a thread, or deletes it in a loop.

    Where items are kept in a place of their own, finding what is in another is not enough.
    """
    for node in within(function, ast.Call, ast.For, ast.AsyncFor, ast.While):
        match node:
            case ast.Call(keywords=keywords) if any(
                keyword.arg is not None and keyword.arg.lower() in _WIDE for keyword in keywords
            ):
                return True
            case ast.Call(func=ast.Attribute(attr=name)) if "prefix" in name or "partition" in name:
                return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in _SEEKS:
                if name != "delete_many" or not elsewhere:
                    return True
            case ast.For() | ast.AsyncFor() | ast.While():
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
        case ast.Assign(
            targets=[ast.Attribute(value=ast.Name(id="self")) | ast.Subscript(slice=ast.Slice())],
            value=ast.DictComp(generators=[ast.comprehension(ifs=[_, *_])])
            | ast.ListComp(generators=[ast.comprehension(ifs=[_, *_])]),
        ):
            return True  # made anew without some
        case _:
            return False


def _places(store: Class, parts: Parts, *, inner: bool = True) -> set[str]:
    """Return what objects are put into: containers, collections, classes of rows, parts of keys.

    With `inner` also the attributes of records.
    """
    found: set[str] = set()
    for part, module in parts:
        containers = held(store) | kept_here(store, module)
        for node in within(part, ast.Assign, ast.Call):
            if isinstance(node, ast.Call):
                found |= _handed(store, module, node.args)
            match node:
                case ast.Assign(targets=[ast.Subscript(value=value)]):
                    found |= {named(value)} & containers
                    found |= {_part_of(value)} if inner else set()
                case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _STORES:
                    if named(value) in containers or not name.startswith(("set", "app")):
                        found.add(named(value))
                    found |= {_part_of(value)} if inner else set()
                case ast.Call(func=ast.Name(id=how), args=[ast.Name(id=name) as row, *_]) if (
                    how.endswith("insert")
                ):
                    model = store.project.find_class(module.names.resolve(row) or "", module)
                    if model is not None and row_class(model) is not None:
                        found.add(name)
                case ast.Call(func=ast.Name(id=name)):
                    model = store.project.find_class(module.names.resolve(node.func) or "", module)
                    if model is not None and row_class(model) is not None:
                        found.add(name)
                case _:
                    continue
    return found - {""}


def _keys(module: Module, function: Function) -> set[str]:
    """Return the parts of keys that speak of items: f"items:{thread_id}".

    `document["items"]` and `{"items": [...]}` are parts of a document, which has its own key.
    """
    found: set[str] = set()
    for node in within(function, ast.Constant):
        if isinstance(module.parents.get(node), (ast.Subscript, ast.Dict)):
            continue
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
    while True:
        match value:
            case (
                ast.Subscript(value=under)
                | ast.Call(func=ast.Attribute(value=under, attr="get" | "setdefault"))
            ):
                value = under
            case _:
                break
    match value:
        case ast.Attribute(value=ast.Name() | ast.Call() | ast.Subscript(), attr=attr) if (
            _is_of_items(attr)
        ):
            return attr
        case _:
            return ""


def _said(function: Function) -> Iterator[str]:
    """Yield the names and strings of a function, without its docstring."""
    first = function.body[0]
    documented = first.value if isinstance(first, ast.Expr) else None
    # `files.items()` does not speak of items, nor does `table.delete_item(...)`.
    calls = [call for call in within(function, ast.Call) if isinstance(call, ast.Call)]
    pairs = {call.func for call in calls if not call.args}
    verbs = {
        call.func
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _REMOVES
    }
    for node in within(function, ast.Name, ast.Attribute, ast.Constant):
        match node:
            case ast.Attribute(attr="items") if node in pairs and not _is_key(node):
                continue
            case ast.Attribute() if node in verbs:
                continue
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Constant(value=str(text)) if node is not documented:
                yield text
            case _:
                continue


def _is_key(node: ast.Attribute) -> bool:
    """Say whether `items()` is a key of somebody's own: what is called is no container's."""
    return isinstance(node.value, ast.Name) and "key" in node.value.id.lower()


def _several(text: str) -> bool:
    """Say whether one statement deletes from more than one table, or from one for everything."""
    head = text.partition(" where ")[0]
    several = "," in head or " join " in head or "{}" in head or "thread_id" in text
    several = several or " or " in text or " like " in text
    return several or len(set(_FROM.findall(text))) > 1


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
        case ast.Call(func=ast.Attribute(value=ast.Call() as chain, attr="delete"), args=[]):
            asked = _asked(chain)
            if asked is None:
                return
            name, given = asked.id, asked
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


def _asked(chain: ast.expr) -> ast.Name | None:
    """Return the class of rows that `session.query(Row).filter(...)` asks for."""
    while isinstance(chain, ast.Call) and isinstance(chain.func, ast.Attribute):
        match chain:
            case ast.Call(func=ast.Attribute(attr="query"), args=[ast.Name() as row]):
                return row
            case _:
                chain = chain.func.value
    return None


def _is_table(module: Module, name: str) -> bool:
    """Say whether a name is a table: what the top of a module makes, in small letters."""
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Call()) if found == name:
                return name.islower()
            case _:
                continue
    return False
