"""CKF204."""

import ast

from ..classes import Class
from ..flow import words_in
from ..module import Function, Module, within
from ..sql import queries
from ..store_rule import StoreRule
from ..stores import reached, targets

_METHODS = ("save_thread", "save_item", "save_attachment")
_INSERTING = ("insert", "replace into", "merge ", "upsert")


class UpdateOnlySave(StoreRule):
    """Find `save_*` methods that store nothing when the object is new.

    The SDK saves new threads and items with the same calls as changed ones. An UPDATE that meets
    no row changes nothing and says nothing: the object is lost.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                await self.pool.execute(
                    "UPDATE threads SET data = $1 WHERE owner = $2 AND id = $3",
                    thread.model_dump_json(),
                    context["user_id"],
                    thread.id,
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                await self.pool.execute(
                    "INSERT INTO threads (owner, id, data) VALUES ($1, $2, $3)"
                    " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
                    context["user_id"],
                    thread.id,
                    thread.model_dump_json(),
                )

    Source: 11 of 43 public stores.
    """

    code = "CKF204"
    name = "update-only-save"
    message = "{method}() stores nothing when the object is new"
    hint = "insert or update: the SDK saves new objects with the same call"

    def look(self, store: Class) -> None:
        """Look at how objects are saved."""
        for name in _METHODS:
            function = store.own.get(name)
            found = self._only_updates(store, function) if function is not None else None
            if found is not None:
                self.report(found[0], elsewhere=found[1], method=name)

    def _only_updates(self, store: Class, function: Function) -> tuple[ast.AST, Module] | None:
        """Return what changes an object where it is stored, when nothing stores a new one."""
        parts = [
            (part, module)
            for part, module in reached(store, function)
            if part is function or not part.name.startswith(("load_", "delete_"))
        ]
        sent = [(q, m) for part, m in parts for q in queries(m, part)]
        if any(word in q.flat for q, _ in sent for word in _INSERTING):
            return None
        for query, module in sent:
            if query.verb == "UPDATE":
                return (query.node, module) if not self._adds(parts) else None
        for part, module in parts:
            place = next((node for node in within(part) if _updates_only(node)), None)
            if place is not None:
                return (place, module) if not self._adds(parts) else None
        if any(_makes(node) for part, _ in parts for node in within(part)):
            return None
        place = (
            _only_if_there(function)
            or self._leaves_when_new(function)
            or self._refuses_when_new(store, function)
            or _replaces_in_list(function, [part for part, _ in parts])
        )
        return (place, self.module) if place is not None else None

    def _adds(self, parts: list[tuple[Function, Module]]) -> bool:
        return any(
            _inserts(node) and not _must_exist(node)
            for part, _ in parts
            for node in within(part, ast.Call)
        )

    def _refuses_when_new(self, store: Class, function: Function) -> ast.AST | None:
        """Return the test that raises where the object itself is not stored yet."""
        parameters = [argument.arg for argument in function.args.args]
        if len(parameters) < 3:
            return None
        saved = parameters[1] if function.name != "save_item" else parameters[2]
        found: set[str] = set()
        for node in within(function, ast.Assign, ast.If):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if _looks_up(
                    value, saved
                ):
                    found.add(name)
                    if self._helper_raises(store, function, value):
                        return node
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    if any(_is_id(each, saved) for each in within(value, ast.Attribute)):
                        found.add(name)
                case ast.If(test=test, body=body, orelse=[]) if _only_leaves(body):
                    if _is_missing(test, found, saved):
                        return node
                case _:
                    continue
        return None

    def _helper_raises(self, store: Class, function: Function, value: ast.expr) -> bool:
        """Say whether a helper that looks the object up refuses one that is not there."""
        call = value.value if isinstance(value, ast.Await) else value
        if not isinstance(call, ast.Call) or any(
            isinstance(parent, ast.Try) for parent in self.module.ancestors(call)
        ):
            return False
        for called, module in targets(store, function, call):
            for node in within(called):
                if isinstance(node, ast.Raise) and node.exc is not None:
                    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                    if (module.names.resolve(raised) or "").endswith("NotFoundError"):
                        return True
        return False

    def _leaves_when_new(self, function: Function) -> ast.If | None:
        """Return the test that leaves the method when the object is not stored yet."""
        for node in within(function, ast.If):
            match node:
                case ast.If(
                    test=ast.UnaryOp(op=ast.Not(), operand=asked), body=body, orelse=[]
                ) if " id" in words_in(asked) and _asks_existence(asked):
                    if _only_leaves(body):
                        return node
                case _:
                    continue
        return None


def _only_leaves(body: list[ast.stmt]) -> bool:
    """Say whether a block leaves the method, or refuses, and does nothing but tell the log."""
    if not isinstance(body[-1], (ast.Return, ast.Raise)):
        return False
    return all(
        isinstance(each, ast.Expr)
        and isinstance(each.value, ast.Call)
        and isinstance(each.value.func, ast.Attribute)
        and each.value.func.attr in {"debug", "info", "warning", "error"}
        for each in body[:-1]
    )


def _asks_existence(asked: ast.expr) -> bool:
    """Say whether an expression asks whether something is stored, by what it calls."""
    asked = asked.value if isinstance(asked, ast.Await) else asked
    match asked:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            words = ("exist", "has", "known", "count", "find", "get", "read", "load", "ismember")
            return any(word in name.lower() for word in words)
        case _:
            return False


def _inserts(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="values")):
            while isinstance(value, (ast.Call, ast.Attribute)):
                if isinstance(value, ast.Call):
                    value = value.func
                    name = value.attr if isinstance(value, ast.Attribute) else ""
                    name = value.id if isinstance(value, ast.Name) else name
                    if name.endswith("update"):
                        return False
                else:
                    value = value.value
            return True
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords):
            if any(k.arg == "upsert" and not _is_false(k.value) for k in keywords):
                return True
            return name in {
                "add", "add_all", "bulk_write", "create_item", "hset", "insert", "insert_one",
                "merge", "put_item", "setdefault", "update_item", "update_or_create", "upsert",
                "upsert_item", "zadd",
            }  # fmt: skip
        case _:
            return False


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def _looks_up(value: ast.expr, saved: str) -> bool:
    """Say whether an expression looks for the object by its own id."""
    value = value.value if isinstance(value, ast.Await) else value
    if not isinstance(value, ast.Call):
        return False
    return any(_is_id(node, saved) for node in within(value))


def _is_id(node: ast.AST, saved: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="id"):
            return name == saved
        case _:
            return False


def _is_missing(test: ast.expr, found: set[str], saved: str) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant()]):
            return name in found
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            return name in found
        case ast.UnaryOp(op=ast.Not(), operand=asked):
            named = {n.id for n in within(asked, ast.Name) if isinstance(n, ast.Name)}
            ids = any(_is_id(node, saved) for node in within(asked, ast.Attribute))
            return (ids or bool(named & found)) and _asks_existence(asked)
        case ast.Compare(left=left, ops=[ast.NotIn()]):
            if isinstance(left, ast.Name):
                return left.id in found
            return any(_is_id(node, saved) for node in (left, *within(left)))
        case _:
            return False


def _replaces_in_list(function: Function, parts: list[Function]) -> ast.AST | None:
    """Return the loop that puts an object in the place of its older self, and nowhere else."""
    loop: ast.AST | None = None
    for node in within(function):
        match node:
            case ast.For(body=[ast.If(test=test, body=[ast.Assign() as change, *_]), *_]):
                if _same_id(test) and isinstance(change.targets[0], ast.Subscript):
                    loop = loop or node
            case ast.ListComp(elt=ast.IfExp(test=test)) if _same_id(test):
                loop = loop or node
            case _:
                continue
    if loop is None:
        return None
    for part in parts:
        for node in within(part):
            match node:
                case ast.Call(func=ast.Attribute(attr="append" | "insert" | "insort" | "extend")):
                    return None
                case ast.BinOp(op=ast.Add(), right=ast.List()) | ast.Starred():
                    return None
                case _:
                    continue
    return loop


def _same_id(test: ast.expr) -> bool:
    match test:
        case ast.Compare(
            left=ast.Attribute(attr="id"),
            ops=[ast.Eq()],
            comparators=[ast.Attribute(value=ast.Name(), attr="id")],
        ):
            return True
        case _:
            return False


def _updates_only(node: ast.AST) -> bool:
    """Say whether a document is changed only where it is there, as in MongoDB."""
    match node:
        case ast.Call(
            func=ast.Attribute(
                attr="update_one" | "replace_one" | "find_one_and_update" | "find_one_and_replace"
            ),
            keywords=keywords,
        ):
            return all(k.arg is not None for k in keywords)
        case ast.Call(func=ast.Attribute(attr="replace_item" | "patch_item")):
            return True
        case ast.Call() if _must_exist(node):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr="update"), args=args) if _is_query(
            value
        ) or (not args and _is_table(value)):
            return True
        case ast.Call(
            func=ast.Name(id="update" | "sa_update")
            | ast.Attribute(value=ast.Name(id="sa" | "sqlalchemy" | "sqlmodel"), attr="update"),
            args=[ast.Name() | ast.Attribute()],
        ):
            return True
        case ast.Call(func=ast.Attribute(attr="set"), keywords=keywords):
            return any(k.arg == "xx" and not _is_false(k.value) for k in keywords)
        case _:
            return False


def _must_exist(node: ast.AST) -> bool:
    """Say whether a write of DynamoDB is made on condition that the object is stored."""
    match node:
        case ast.Call(func=ast.Attribute(attr="put_item" | "update_item"), keywords=keywords):
            conditions = [k.value for k in keywords if k.arg == "ConditionExpression"]
            return any(
                isinstance(each, ast.Constant) and "attribute_exists" in str(each.value)
                for each in conditions
            )
        case _:
            return False


def _is_query(value: ast.expr) -> bool:
    """Say whether this is what is asked for: `session.query(Row)`, `collection.document(id)`."""
    return any(
        isinstance(each, ast.Attribute) and each.attr in {"query", "document"}
        for each in within(value, ast.Attribute)
    )


def _is_table(value: ast.expr) -> bool:
    return (isinstance(value, ast.Name) and value.id.endswith("s")) or (
        isinstance(value, ast.Attribute) and value.attr == "__table__"
    )


def _only_if_there(function: Function) -> ast.If | None:
    """Return the test behind which alone a row that was found is changed, if there is one."""
    for node in within(function):
        match node:
            case ast.If(
                test=ast.Name(id=row)
                | ast.Compare(left=ast.Name(id=row), ops=[ast.IsNot()], comparators=[_]),
                orelse=[],
            ):
                changes = [
                    inner
                    for inner in within(node)
                    if isinstance(inner, ast.Attribute)
                    and isinstance(inner.ctx, ast.Store)
                    and isinstance(inner.value, ast.Name)
                    and inner.value.id == row
                ]
                if changes:
                    return node
            case _:
                continue
    return None


def _makes(node: ast.AST) -> bool:
    """Say whether a new row is made: a call of a class, with its columns by name."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(value=ast.Name(id="self")))]):
            return False
        case ast.Call(func=ast.Name(id=name), keywords=[_, *_]):
            return name[:1].isupper() and not name.endswith(("Error", "Session", "Page"))
        case ast.Call(func=ast.Attribute(attr="merge" | "insert" | "insert_one" | "upsert")):
            return True
        case ast.Call(func=ast.Name(id="insert" | "pg_insert" | "sqlite_insert")):
            return True
        case _:
            return False
