"""CKF203."""

import ast
import re

from ..additions import adds, is_looked, keeps_old, listed_again
from ..classes import Class
from ..containers import held
from ..flow import words_in
from ..module import Function, Module, within
from ..sql import queries
from ..store_rule import StoreRule
from ..stores import reached

# An INSERT with nothing behind its values.
_WHOLE = re.compile(r"insert into \S+ ?\([^()]*\) values ?\([^()]*\)( returning [\w, *]+)?;?")
_UPSERTS = (
    "do update",
    "on duplicate key",
    "or replace",
    "replace into",
    "merge ",
    "update ",
    "{}",
)


class InsertOnlyAdd(StoreRule):
    """Find `add_thread_item` methods that cannot take an item that is stored already.

    The SDK stores a resumed workflow again under its id. An INSERT alone then raises in the middle
    of the stream, and a list that is appended to holds the item twice.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadItem


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def add_thread_item(
                self, thread_id: str, item: ThreadItem, context: dict[str, Any]
            ) -> None:
                await self.pool.execute(
                    "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)",
                    context["user_id"],
                    thread_id,
                    item.id,
                    item.model_dump_json(),
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadItem


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def add_thread_item(
                self, thread_id: str, item: ThreadItem, context: dict[str, Any]
            ) -> None:
                await self.pool.execute(
                    "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
                    context["user_id"],
                    thread_id,
                    item.id,
                    item.model_dump_json(),
                )

    Source: 20 of 43 public stores break when an item is stored twice.
    """

    code = "CKF203"
    name = "insert-only-add"
    message = "{method}() fails, doubles the item or keeps the old one when its id is there already"
    hint = "update in place: ON CONFLICT ... DO UPDATE, replace_one(upsert=True), or by key"

    def look(self, store: Class) -> None:
        """Look at how items are added."""
        function = store.own.get("add_thread_item")
        if function is None:
            return
        parts = list(reached(store, function))
        names = [argument.arg for argument in function.args.args]
        item = names[2] if len(names) > 2 else "item"
        for part, module in parts:
            if part.name.startswith("load_"):
                continue
            kept = _keeps_old(part, item) or next(
                keeps_old(module, part, item, [each for each, _ in parts]), None
            )
            if kept is not None:
                self.report(kept, elsewhere=module, method="add_thread_item")
                return
        if any(_minds(store, module, part, item) for part, module in parts):
            again = _pushed_again(parts) or next(
                ((node, m) for part, m in parts for node in listed_again(m, part, item)), None
            )
            if again is not None:
                self.report(again[0], elsewhere=again[1], method="add_thread_item")
            return
        inserts = [(q, m) for part, m in parts for q in queries(m, part)]
        if any(_heals(query.flat) for query, _ in inserts):
            return
        for query, module in inserts:
            if query.verb == "INSERT" and "thread" not in _into(query.flat):
                place = None if module is self.module else module
                self.report(query.node, elsewhere=place, method="add_thread_item")
                return
        for query, module in inserts:
            if query.verb == "INSERT":
                self.report(query.node, elsewhere=module, method="add_thread_item")
                return
        for part, module in parts:
            for node in within(part, ast.Call):
                if _appends(store, node, item):
                    self.report(node, elsewhere=module, method="add_thread_item")
                    return
        own = {part.name for part, _ in parts}
        for part, module in parts:
            if part.name.startswith("load_"):
                continue
            names = {argument.arg for argument in part.args.args}
            found = next(adds(module, part, item if item in names else _given(part), own), None)
            if found is not None:
                self.report(found, elsewhere=module, method="add_thread_item")
                return


def _heals(text: str) -> bool:
    """Say whether a statement leaves an item as it is given now, or deletes it beforehand."""
    if text.startswith("update ") and "{}" not in text:
        # The thread's own row may be touched as well.
        return "thread" not in text.split()[1] or "item" in text.split()[1]
    if _WHOLE.fullmatch(text):
        return False  # what is filled in are columns and values
    return any(word in text for word in _UPSERTS) or text.startswith("delete ")


def _into(text: str) -> str:
    return (
        text.partition(" into ")[2].partition("(")[0].strip().partition(" ")[0].replace("_item", "")
    )


def _minds(store: Class, module: Module, function: Function, item: str) -> bool:
    """Say whether a function looks for what is there, or catches the conflict."""
    for node in within(function):
        match node:
            case ast.ExceptHandler(type=ast.expr() as kind, body=body):
                if not isinstance(body[-1], ast.Raise) and not _gives_up(kind, body):
                    return True
            case ast.Call(func=ast.Attribute(attr="put_item")) if _is_for_new(node):
                continue
            case ast.Call(func=ast.Attribute(attr="update_one" | "find_one_and_update")):
                if not _pushes(node):
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
    return not held(store) and not any(isinstance(n, ast.Call) for n in within(function))


def _keeps_old(function: Function, item: str) -> ast.If | None:
    """Return the test that leaves the method when the item is stored already."""
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


def _given(function: Function) -> str:
    """Return the parameter of a helper that is the item, by what it is called or declared."""
    for argument in function.args.args:
        words = words_in(argument.annotation) if argument.annotation is not None else ""
        if argument.arg in {"item", "document", "row", "record"} or "ThreadItem" in words:
            return argument.arg
    return "item"


def _pushed_again(parts: list[tuple[Function, Module]]) -> tuple[ast.Call, Module] | None:
    """Return what puts an id at the end of Redis's list each time, whether it is there or not."""
    calls = [(node, m) for part, m in parts for node in within(part, ast.Call)]
    names = {
        node.func.attr
        for node, _ in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    if names & {"lrem", "lpos", "lrange", "sismember", "hexists", "exists", "delete", "ltrim"}:
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


def _is_for_new(node: ast.Call) -> bool:
    """Say whether DynamoDB stores an item only where there is none of that key."""
    return any(
        k.arg == "ConditionExpression" and "attribute_not_exists" in words_in(k.value)
        for k in node.keywords
    )


def _is_item_id(node: ast.AST, item: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="id"):
            return name in {item, "item", "i", "existing", "stored", "known", "old", "other"}
        case _:
            return False


def _pushes(node: ast.Call) -> bool:
    """Say whether an update puts something at the end of a list in a document."""
    match node.args:
        case [_, ast.Dict(keys=keys), *_]:
            return any(isinstance(key, ast.Constant) and key.value == "$push" for key in keys)
        case _:
            return False


def _appends(store: Class, node: ast.AST, item: str) -> bool:
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
            return _is_for_new(node)
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
            return _pushes(node)
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
