"""What a method does about an item that is stored already: look for it, catch the conflict."""

import ast

from .classes import Class
from .containers import held
from .document_writes import is_for_new, pushes
from .flow import words_in
from .item_names import is_looked
from .module import Function, Module, within

_MINDING = (ast.Assign, ast.BoolOp, ast.Call, ast.Compare, ast.ExceptHandler, ast.If)


def minds_conflict(store: Class, module: Module, function: Function, item: str) -> bool:
    """Say whether a function looks for what is there, or catches the conflict."""
    for node in within(function, *_MINDING):
        match node:
            case ast.ExceptHandler(type=ast.expr() as kind, body=body):
                if not isinstance(body[-1], ast.Raise) and not _gives_up(kind, body):
                    return True
            case ast.Call(func=ast.Attribute(attr="put_item")) if is_for_new(node):
                continue
            case ast.Call(func=ast.Attribute(attr="update_one" | "find_one_and_update")):
                if not pushes(node):
                    return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in {
                "merge", "replace_one", "find_one_and_replace", "upsert_item", "put_item",
                "bulk_write", "on_conflict_do_update", "delete_one", "find_one_and_delete", "lrem",
                "zrem", "on_duplicate_key_update", "hset", "upsert",
            }:  # fmt: skip
                return True
            case ast.Compare(left=left, comparators=comparators):
                sides = (left, *comparators)
                if any(_is_item_id(side, item) for side in sides):
                    return True
                # In a helper the item's id goes by another name.
                names = {s.id for s in sides if isinstance(s, ast.Name)}
                if names & {"item_id", "iid", "key"}:
                    return True
            case ast.BoolOp(op=ast.Or(), values=[first, *_, ast.Call()]) if within(first, ast.Call):
                return True  # `await find(...) or Row(...)`
            case ast.If(
                test=ast.Name()
                | ast.UnaryOp(op=ast.Not(), operand=ast.Name())
                | ast.Compare(ops=[ast.Is() | ast.IsNot()])
            ):
                # After a look for the row; a thread that is missing raises instead.
                goes_on = not isinstance(node.body[-1], ast.Raise) or bool(node.orelse)
                if goes_on and is_looked(module, function, node.test, item):
                    return True
            case ast.Assign(targets=[ast.Subscript(slice=key)]):
                if any(_is_item_id(each, item) for each in (key, *within(key))):
                    return True
            case _:
                continue
    # The method itself; a helper that only makes a key of its parts says nothing.
    takes = any(each.arg == item for each in function.args.args)
    return takes and not held(store) and not within(function, ast.Call)


def left_alone(function: Function, item: str) -> ast.If | None:
    """Return the test that leaves the method when the item is stored already."""
    if not within(function, ast.If):
        return None  # most functions
    found: set[str] = set()
    for node in within(function, ast.Assign, ast.If):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if any(_is_item_id(each, item) for each in within(value, ast.Attribute)):
                    found.add(name)
            case ast.If(test=test, body=[*logs, ast.Return(value=None)], orelse=[]):
                if any(not isinstance(each, ast.Expr) or within(each, ast.Await) for each in logs):
                    continue
                match test:
                    case ast.Compare(left=left, ops=[ast.In()]) if _is_item_id(left, item):
                        return node
                    case (
                        ast.Compare(left=ast.Name(id=name), ops=[ast.IsNot()]) | ast.Name(id=name)
                    ) if name in found:
                        return node
                    case ast.Await(value=ast.Call(func=ast.Attribute(attr=asks)) as call):
                        ids = within(call, ast.Attribute)
                        if "exist" in asks and any(_is_item_id(each, item) for each in ids):
                            return node
                    case _:
                        continue
            case _:
                continue
    return None


def _gives_up(kind: ast.expr, body: list[ast.stmt]) -> bool:
    """Say whether a conflict is only told to the log: the old item stays."""
    name = words_in(kind)
    conflicts = ("Integrity", "Unique", "Duplicate", "Exists", "Conflict", "ConditionalCheck")
    if not any(word in name for word in conflicts):
        return False
    return all(
        isinstance(each, (ast.Pass, ast.Return, ast.Continue))
        or (
            isinstance(each, ast.Expr)
            and isinstance(call := _awaited(each.value), ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in {"debug", "info", "warning", "error", "rollback"}
        )
        for each in body
    )


def _awaited(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _is_item_id(node: ast.AST, item: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="id"):
            return name in {item, "item", "i", "existing", "stored", "known", "old", "other"}
        case _:
            return False
