"""Documents of MongoDB that are deleted by a key which none of them has."""

import ast
from collections.abc import Iterator

from .binders import value_of
from .classes import Class
from .module import Function, Module, within
from .values import called

Parts = list[tuple[Function, Module]]
_WHOLE = frozenset({"insert_one"})
_FOUND = frozenset({"update_one", "replace_one", "find_one_and_update", "find_one_and_replace"})
_OTHER = frozenset({"insert_many", "update_many", "bulk_write", "with_options", "aggregate"})
_DEPTH = 4


def misses_all(store: Class, parts: Parts) -> bool:
    """Say whether a collection is cleared by a key that nothing the store puts there has.

    `parts` are the method that deletes, and what of the project it calls. Only where each key of
    each document can be seen.
    """
    removals = [
        (module.code(value), node, module)
        for part, module in parts
        for node in within(part, ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith(("delete_", "find_one_and_delete"))
        and isinstance(value := node.func.value, ast.Attribute)
    ]
    for place, node, module in removals:
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "delete_many":
            continue
        if [each for each, _, _ in removals].count(place) > 1 or not node.args:
            continue
        wanted = _keys(module, node.args[0])
        had = _written(store, place)
        if wanted and had and any(each.partition(".")[0] not in had for each in wanted):
            return not any(each.startswith("$") for each in wanted)
    return False


def _written(store: Class, place: str) -> set[str] | None:
    """Return the keys of all documents that a store puts into a collection, None for unseen."""
    found: set[str] = set()
    for owner in store.lineage:
        for function in owner.own.values():
            for node, keys in _writes(owner.module, function, place):
                if keys is None or node is None:
                    return None
                found |= keys
    return found | {"_id"} if found else None


def _writes(
    module: Module, function: Function, place: str
) -> Iterator[tuple[ast.Call | None, set[str] | None]]:
    """Yield each write into a collection with its keys, None for what is not known to be one."""
    for node in within(function, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=args):
                if name not in _WHOLE | _FOUND | _OTHER:
                    continue
                if not isinstance(value, ast.Attribute):
                    yield None, None  # a collection that is handed in, or made here
                elif module.code(value) == place:
                    if name in _OTHER or not args:
                        yield node, None
                    yield from ((node, _document(module, each)) for each in args[:2])
            case _:
                continue


def _document(module: Module, node: ast.expr) -> set[str] | None:
    """Return the keys of a document, of a filter, or of what an update sets."""
    keys = _keys(module, node)
    if keys is None or not any(key.startswith("$") for key in keys):
        return keys
    if not isinstance(node, ast.Dict) or not keys <= {"$set", "$setOnInsert"}:
        return None
    found: set[str] = set()
    for value in node.values:
        inner = _keys(module, value)
        if inner is None:
            return None
        found |= inner
    return {key.partition(".")[0] for key in found}


def _keys(module: Module, node: ast.expr, depth: int = _DEPTH) -> set[str] | None:
    """Return the keys of a dictionary, by what is spread in it and the function that makes it."""
    match node:
        case ast.Dict(keys=keys, values=values):
            found: set[str] = set()
            for key, value in zip(keys, values, strict=True):
                inner = _keys(module, value, depth) if key is None else None
                if isinstance(key, ast.Constant):
                    inner = {str(key.value)}
                if inner is None:
                    return None
                found |= inner
            return found
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            first, second = _keys(module, left, depth), _keys(module, right, depth)
            return first | second if first is not None and second is not None else None
        case ast.Name() if depth and not _is_changed(module, node):
            meant = value_of(module, node)
            return _keys(module, meant, depth - 1) if meant is not None else None
        case ast.Call() if depth and module.project is not None:
            made = called(module.project, module, node)
            ends = list(within(made[0], ast.Return)) if made is not None else []
            if made is not None and len(ends) == 1 and isinstance(ends[0], ast.Return):
                end = ends[0].value
                return _keys(made[1], end, depth - 1) if end is not None else None
            return None
        case _:
            return None


def _is_changed(module: Module, name: ast.Name) -> bool:
    """Say whether entries are put into a dictionary after it was made."""
    function = module.function_of(name)
    for node in within(function or module.tree, ast.Subscript, ast.Attribute):
        match node:
            case ast.Subscript(value=ast.Name(id=same), ctx=ast.Store() | ast.Del()):
                changed = same == name.id
            case ast.Attribute(value=ast.Name(id=same), attr="update" | "setdefault" | "pop"):
                changed = same == name.id
            case _:
                continue
        if changed:
            return True
    return False
