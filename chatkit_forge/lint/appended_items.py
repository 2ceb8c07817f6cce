"""Items that are put at the end of a list, or are inserted without a look."""

import ast
import re

from .classes import Class
from .containers import held
from .document_writes import is_for_new, pushes
from .flow import words_in
from .module import Function, Module, within

_PUSHES = frozenset({"rpush", "lpush"})
# What shows that somebody looks first, or takes away what is there.
_LOOKS = frozenset({
    "lrem", "lpos", "lrange", "sismember", "hexists", "exists", "delete", "ltrim",
})  # fmt: skip


def appends(store: Class, node: ast.AST, item: str) -> bool:
    """Say whether an item is put at the end of a list of the store's own, or inserted blindly."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="append"), args=[given]):
            if not isinstance(given, ast.Name) and not _copies(given, item):
                return False
            return any(
                isinstance(inner, ast.Attribute) and inner.attr in held(store)
                for inner in (value, *within(value))
            )
        case ast.Call(func=ast.Attribute(attr="insert_one" | "create_item" | "rpush" | "lpush")):
            return True
        case ast.Call(func=ast.Attribute(attr="put_item")):
            return is_for_new(node)
        case ast.Call(func=ast.Attribute(attr="create"), args=[_]):
            return any(word in words_in(node.func) for word in ("document", "reference", "ref "))
        case ast.Call(func=ast.Attribute(attr="zadd"), args=[_, ast.Dict(keys=[key])]):
            # The whole item as a member: changed, it is another one.
            return any(word in words_in(key or node) for word in ("dump_json", "dumps"))
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Name(id=row)]
        ) if name.endswith("insert"):
            return "item" in row.lower() or "message" in row.lower()
        case ast.Call(func=ast.Attribute(attr="update_one" | "find_one_and_update")):
            return pushes(node)
        case ast.Call(func=ast.Attribute(value=value, attr="add"), args=[ast.Call() | ast.Name()]):
            name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
            return "session" in name or name in {"db", "s"}
        case _:
            return False


def _copies(given: ast.expr, item: str) -> bool:
    match given:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
            return name == item
        case ast.Call(func=ast.Name(id="deepcopy" | "copy"), args=[ast.Name(id=name)]):
            return name == item
        case _:
            return False


def pushed_again(parts: list[tuple[Function, Module]]) -> tuple[ast.Call, Module] | None:
    """Return what puts an id at the end of Redis's list each time, whether it is there or not."""
    calls = [(node, m) for part, m in parts for node in within(part, ast.Call)]
    names = {
        node.func.attr
        for node, _ in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    if names.isdisjoint(_PUSHES) or not names.isdisjoint(_LOOKS):
        return None
    for node, module in calls:
        match node:
            case ast.Call(func=ast.Attribute(attr="rpush" | "lpush"), args=[key, *_]):
                said = words_in(key)
                if "thread" not in said or re.search(r"queue|event|job|outbox|log", said):
                    continue
                if not any(isinstance(p, (ast.If, ast.IfExp)) for p in module.ancestors(node)):
                    return node, module
            case _:
                continue
    return None
