"""Where a store puts items: containers, collections, classes of rows, parts of keys."""

import ast
import re
from collections.abc import Sequence

from .classes import Class
from .containers import held, kept_here, named
from .module import Function, Module, within
from .tables import row_class

_STORES = frozenset({
    "insert_one", "replace_one", "update_one", "find_one_and_replace", "find_one_and_update",
    "setdefault", "append",
})  # fmt: skip
Parts = list[tuple[Function, Module]]


def is_of_items(name: str) -> bool:
    """Say whether a name speaks of items."""
    return any(word in name.lower() for word in ("item", "message", "entry", "entries"))


def is_of_threads(name: str) -> bool:
    """Say whether a name speaks of threads, and not of items."""
    words = ("thread", "conversation", "chat", "session", "dialog")
    return any(word in name.lower() for word in words) and not is_of_items(name)


def places(store: Class, parts: Parts, *, inner: bool = True) -> set[str]:
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


def item_keys(module: Module, function: Function) -> set[str]:
    """Return the parts of keys that speak of items: f"items:{thread_id}".

    `document["items"]` and `{"items": [...]}` are parts of a document, which has its own key.
    """
    found: set[str] = set()
    for node in within(function, ast.Constant):
        if isinstance(module.parents.get(node), (ast.Subscript, ast.Dict)):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = re.findall(r"[\w-]+", node.value) if " " not in node.value.strip() else []
            found |= {word for word in words if is_of_items(word) and len(word) < 24}
    return found


def _handed(store: Class, module: Module, args: Sequence[ast.expr]) -> set[str]:
    """Return the collection or the table of items that a helper is given."""
    found: set[str] = set()
    for each in args:
        match each:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found |= {name} if store.method(name) is None else set()
            case ast.Name(id=name) if is_table(module, name):
                found.add(name)
            case _:
                continue
    return {name for name in found if is_of_items(name)}


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
            is_of_items(attr)
        ):
            return attr
        case _:
            return ""


def is_table(module: Module, name: str) -> bool:
    """Say whether a name is a table: what the top of a module makes, in small letters."""
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Call()) if found == name:
                return name.islower()
            case _:
                continue
    return False
