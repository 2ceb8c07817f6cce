"""Dictionaries and lists that a store keeps its data in: its own, the module's, an object's."""

import ast

from .classes import Class
from .module import Module, within

_MAKERS = frozenset({
    "dict", "defaultdict", "OrderedDict", "TTLCache", "LRUCache", "list", "Counter", "ChainMap",
})  # fmt: skip
_KINDS = frozenset({"dict", "list", "defaultdict", "Dict", "List", "MutableMapping", "OrderedDict"})
# Not what users stored.
_OTHER = ("lock", "event", "queue", "task", "metric", "count", "stat", "seq", "semaphore", "logger")


def held(store: Class) -> set[str]:
    """Return the attributes of a class that are dictionaries or lists from the start."""
    key = ("held", store.node)
    if key not in store.module.known:
        store.module.known[key] = _held(store)
    return store.module.known[key]


def _held(store: Class) -> set[str]:
    found: set[str] = set()
    for owner in store.lineage:
        for statement in owner.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_container(value):
                    found.add(name)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if (
                    _is_container(value)
                ):
                    found.add(name)
                case _:
                    continue
        begun = owner.own.get("__init__")
        for node in within(begun, ast.Assign, ast.AnnAssign) if begun else ():
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
                ) if _is_container(value):
                    found.add(name)
                case ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id="self"), attr=name),
                    value=ast.expr() as value,
                ) if _is_container(value):
                    found.add(name)
                case _:
                    continue
    return {name for name in found if not any(word in name.lower() for word in _OTHER)}


def kept_here(store: Class, module: Module) -> set[str]:
    """Return the names of dictionaries at the top of a module or of the project's it imports."""
    key = ("kept here", module.tree)
    if key not in module.known:
        found = _at_top(module)
        for name, full in module.names.imported.items():
            package, _, last = full.rpartition(".")
            other = store.project.module(package, module) if package else None
            if other is not None and last in _at_top(other):
                found.add(name)
        module.known[key] = found
    return module.known[key]


def _at_top(module: Module) -> set[str]:
    """Return the dictionaries of a module that something may be put into: the empty ones."""
    key = ("at top", module.tree)
    if key not in module.known:
        module.known[key] = _empty(module)
    return module.known[key]


def _empty(module: Module) -> set[str]:
    found: set[str] = set()
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        is_empty = not (isinstance(value, ast.Dict) and value.keys) and not (
            isinstance(value, ast.List) and value.elts
        )
        if is_empty and _is_container(value):
            found.add(name)
    return {name for name in found if not any(word in name.lower() for word in _OTHER)}


def named(value: ast.expr) -> str:
    """Return the container that an expression is, or is a part of: "threads" of `self.threads[x]`.

    "" when it is none of the store's.
    """
    while isinstance(value, (ast.Subscript, ast.Call)):
        if isinstance(value, ast.Subscript):
            value = value.value
        elif isinstance(value.func, ast.Attribute) and value.func.attr in {"get", "setdefault"}:
            value = value.func.value
        else:
            return ""
    match value:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return name
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr=name):
            return name
        case _:
            return ""


def _is_container(value: ast.expr) -> bool:
    match value:
        case ast.Dict() | ast.List() | ast.DictComp():
            return True
        case ast.Call(
            func=ast.Name(id="field" | "Field"),
            keywords=[ast.keyword(arg="default_factory", value=made)],
        ):
            return _is_maker(made)
        case ast.Call(func=func):
            return _is_maker(func)
        case _:
            return False


def _is_maker(func: ast.expr) -> bool:
    match func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _MAKERS
        case ast.Subscript(value=ast.Name(id=name)):
            return name in _MAKERS | _KINDS
        case ast.Lambda(body=body):
            return _is_container(body)
        case _:
            return False
