"""What shows that a method removes something, and which names and strings it speaks of."""

import ast
from collections.abc import Iterator

from .flow import words_in
from .known_calls import UNSTORES
from .module import Function, within

_REMOVES = UNSTORES | frozenset({
    "hdel", "lrem", "zrem", "srem", "unlink", "delete_item", "delete", "delete_one", "pop",
    "rmtree", "remove", "delete_many",
})  # fmt: skip
# What finds everything that belongs to a thread, by another way than its name.
_SEEKS = frozenset({
    "scan_iter", "keys", "query_items", "query", "delete_many", "glob", "rmtree", "collections",
    "delete_entities", "recursive_delete", "scan", "list_objects_v2", "eval", "iterdir",
    "rglob", "startswith", "list_documents", "set_range", "list_objects", "list_blobs",
    "list_blob_names", "delete_objects", "delete_blobs", "remove_objects", "paginate",
})  # fmt: skip
# How a call is told to take everything of a kind.
_WIDE = frozenset({"prefix", "match", "pattern", "recursive", "name_starts_with"})


def is_removal(node: ast.AST) -> bool:
    """Say whether a node takes something out of a container, a collection or a table."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=args):
            if name == "to_thread":
                return bool(args) and getattr(args[0], "attr", "") in _REMOVES
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


def seeks(function: Function, *, elsewhere: bool) -> bool:
    """Say whether a function looks for what belongs to a thread, or deletes it in a loop.

    Where items are kept in a place of their own, finding what is in another is not enough.
    """
    for node in within(function, ast.Call, ast.For, ast.AsyncFor, ast.While):
        match node:
            case ast.Call(keywords=keywords) if any(
                keyword.arg is not None and keyword.arg.lower() in _WIDE for keyword in keywords
            ):
                return True
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if (
                "prefix" in name or "partition" in name
            ):
                # What is the store's own is looked at itself.
                if getattr(value, "id", "") not in {"self", "cls"}:
                    return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in _SEEKS:
                if name != "delete_many" or not elsewhere:
                    return True
            case ast.For() | ast.AsyncFor() | ast.While():
                words = words_in(node).lower()
                is_of_files = any(word in words for word in ("attach", "file", "upload"))
                if not is_of_files and any(is_removal(inner) for inner in within(node)):
                    return True
            case _:
                continue
    return False


def said_in(function: Function) -> Iterator[str]:
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
