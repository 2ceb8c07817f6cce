"""What a store puts into a collection of MongoDB, where all of it can be seen."""

import ast
from collections.abc import Iterator

from .calls import callees
from .classes import Class
from .document_keys import READS, WRITES, document_keys
from .module import Function, Module, within
from .stores import reached

_PARTS = (("filter", "document"), ("update", "replacement"))
_MANY = frozenset({"insert_many", "update_many", "bulk_write"})
_ADDS = ("add_thread_item", "save_item")


def put_keys(store: Class, place: str) -> set[str] | None:
    """Return the keys of all documents that a store puts into a collection, None for unseen."""
    if any(_goes_on(store, owner, place) for owner in store.lineage) or _writes_elsewhere(store):
        return None
    found: set[str] = set()
    is_filled = False
    for owner in store.lineage:
        for function in owner.own.values():
            for call, keys in _writes(owner.module, function, place):
                if keys is None or call is None:
                    return None
                found |= keys
                is_filled = is_filled or _adds(call)
    # What is only changed here was put there by something else.
    return found | {"_id"} if is_filled else None


def _goes_on(store: Class, owner: Class, place: str) -> bool:
    """Say whether a collection, or its database, is renamed, or handed to what may write."""
    module, outer = owner.module, place.rpartition(".")[0]
    last = {place.rpartition(".")[2], outer.rpartition(".")[2]}
    for node in within(owner.node, ast.Attribute):
        if not isinstance(node, ast.Attribute) or node.attr not in last:
            continue
        code = module.code(node)
        if code not in {place, outer} or not isinstance(node.ctx, ast.Load):
            continue
        if code == outer:
            if not isinstance(module.parents.get(node), (ast.Attribute, ast.Subscript)):
                return True
        elif not _is_receiver(module, node) and not _is_read(store, module, node):
            return True
    return False


def _is_receiver(module: Module, node: ast.expr) -> bool:
    method = module.parents.get(node)
    call = module.parents.get(method) if isinstance(method, ast.Attribute) else None
    return isinstance(call, ast.Call) and call.func is method


def _is_read(store: Class, module: Module, node: ast.expr) -> bool:
    """Say whether a collection is handed to a function that can be seen to read alone."""
    call = module.parents.get(node)
    call = module.parents.get(call) if isinstance(call, ast.keyword) else call
    if not isinstance(call, ast.Call):
        return False
    taken = [
        (each, name)
        for each in callees(store, store, module, call)
        for name, value in each.given
        if value is node
    ]
    return bool(taken) and all(
        isinstance(method := each.module.parents.get(used), ast.Attribute)
        and method.attr in READS
        and _is_receiver(each.module, used)
        for each, name in taken
        for used in within(each.function, ast.Name)
        if isinstance(used, ast.Name) and used.id == name
    )


def _writes_elsewhere(store: Class) -> bool:
    """Say whether something that is no method of the store writes items for it."""
    own = {function for owner in store.lineage for function in owner.own.values()}
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES | _MANY
        for name in _ADDS
        if (found := store.method(name)) is not None
        for part, _ in reached(store, found[0])
        if part not in own
        for node in within(part, ast.Call)
    )


def _writes(
    module: Module, function: Function, place: str
) -> Iterator[tuple[ast.Call | None, set[str] | None]]:
    """Yield each write into a collection with its keys, None for what is not known to be one."""
    for node in within(function, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute() as value, attr=name)):
                if name not in READS and module.code(value) == place:
                    parts = _parts(node) if name in WRITES else []
                    if len(parts) < (1 if name == "insert_one" else 2):
                        yield node, None
                    yield from ((node, document_keys(module, each)) for each in parts)
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITES | _MANY:
                yield None, None  # a collection that is handed in, or made here
            case _:
                continue


def _parts(call: ast.Call) -> list[ast.expr]:
    """Return the filter and the document that a write is given, by place or by name."""
    named = {each.arg: each.value for each in call.keywords}
    if None in named or any(isinstance(each, ast.Starred) for each in call.args):
        return []
    found = list(call.args[:2])
    for words in _PARTS[len(found) :]:
        found += [named[word] for word in words if word in named]
    return found


def _adds(call: ast.Call) -> bool:
    is_insert = isinstance(call.func, ast.Attribute) and call.func.attr == "insert_one"
    return is_insert or any(each.arg == "upsert" for each in call.keywords)
