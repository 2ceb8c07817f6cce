"""The keys of a document of MongoDB, of a filter, or of what an update sets."""

import ast

from .binders import value_of
from .module import Module, within
from .values import called

# What a collection does with documents; none of it puts other keys into one that is handed over.
WRITES = frozenset(
    {"insert_one", "update_one", "replace_one", "find_one_and_update", "find_one_and_replace"}
)
READS = frozenset(
    {
        "find", "find_one", "count_documents", "distinct", "estimated_document_count",
        "delete_one", "delete_many", "find_one_and_delete", "create_index", "create_indexes",
    }
)  # fmt: skip
_PEEKS = frozenset({"get", "items", "keys", "values", "copy"})
_DEPTH = 4


def document_keys(module: Module, node: ast.expr) -> set[str] | None:
    """Return the keys that a document gets by what a write is given, None for unseen."""
    keys = keys_of(module, node)
    if keys is None or not any(key.startswith("$") for key in keys):
        return keys
    if not isinstance(node, ast.Dict) or not keys <= {"$set", "$setOnInsert"}:
        return None
    found: set[str] = set()
    for value in node.values:
        inner = keys_of(module, value)
        if inner is None:
            return None
        found |= inner
    return {key.partition(".")[0] for key in found}


def keys_of(module: Module, node: ast.expr, depth: int = _DEPTH) -> set[str] | None:
    """Return the keys of a dictionary, by what is spread in it and the function that makes it."""
    match node:
        case ast.Dict(keys=keys, values=values):
            found: set[str] = set()
            for key, value in zip(keys, values, strict=True):
                inner = keys_of(module, value, depth) if key is None else None
                if isinstance(key, ast.Constant):
                    inner = {str(key.value)}
                if inner is None:
                    return None
                found |= inner
            return found
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            first, second = keys_of(module, left, depth), keys_of(module, right, depth)
            return first | second if first is not None and second is not None else None
        case ast.Name() if depth and not _may_change(module, node):
            meant = value_of(module, node)
            return keys_of(module, meant, depth - 1) if meant is not None else None
        case ast.Call() if depth and module.project is not None:
            made = called(module.project, module, node)
            ends = list(within(made[0], ast.Return)) if made is not None else []
            if made is not None and len(ends) == 1 and isinstance(ends[0], ast.Return):
                end = ends[0].value
                return keys_of(made[1], end, depth - 1) if end is not None else None
            return None
        case _:
            return None


def _may_change(module: Module, name: ast.Name) -> bool:
    """Say whether entries may be put into a dictionary after it was made, here or by a call."""
    function = module.function_of(name)
    return any(
        isinstance(node, ast.Name) and node.id == name.id and not _is_only_read(module, node)
        for node in within(function or module.tree, ast.Name)
    )


def _is_only_read(module: Module, node: ast.Name) -> bool:
    if not isinstance(node.ctx, ast.Load):
        return True
    parent = module.parents.get(node)
    parent = module.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    match parent:
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            return False
        case ast.Attribute(attr=name):
            return name in _PEEKS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in WRITES | READS
        case ast.Call():
            return False
        case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
            return False  # by another name
        case _:
            return True
