"""Writes that change an object only where it is stored already."""

import ast

from .binders import value_of
from .inserts import is_false, must_exist
from .module import Function, Module, within


def updates_only(module: Module, node: ast.AST) -> bool:
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
        case ast.Call() if must_exist(node):
            return True
        case ast.Call(func=ast.Attribute(attr="aupdate")):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr="update"), args=args) if _is_query(
            module, value
        ) or (not args and _is_table(value)):
            return True
        case ast.Call(
            func=ast.Name(id="update" | "sa_update")
            | ast.Attribute(value=ast.Name(id="sa" | "sqlalchemy" | "sqlmodel"), attr="update"),
            args=[ast.Name() | ast.Attribute()],
        ):
            return True
        case ast.Call(func=ast.Attribute(attr="set"), keywords=keywords):
            return any(k.arg == "xx" and not is_false(k.value) for k in keywords)
        case _:
            return False


def _is_query(module: Module, value: ast.expr) -> bool:
    """Say whether this is what is asked for: `session.query(Row)`, `collection.document(id)`.

    Also `Row.filter(...)` and `Row.find_one(...)`, which are awaited with the update alone.
    """
    if isinstance(value, ast.Name):
        value = value_of(module, value) or value
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="filter" | "find_one")):
            if name[:1].isupper():
                return True
        case _:
            pass
    return any(
        isinstance(each, ast.Attribute) and each.attr in {"query", "document", "objects"}
        for each in within(value, ast.Attribute)
    )


def _is_table(value: ast.expr) -> bool:
    return (isinstance(value, ast.Name) and value.id.endswith("s")) or (
        isinstance(value, ast.Attribute) and value.attr == "__table__"
    )


def only_if_there(function: Function) -> ast.If | None:
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


def keeps_known(function: Function) -> ast.If | None:
    """Return the test for a key that is there, behind which alone a mapping is given a value."""
    found: ast.If | None = None
    inside: list[ast.Subscript] = []
    for node in within(function, ast.If):
        match node:
            case ast.If(
                test=ast.Compare(ops=[ast.In()], comparators=[place]), body=body, orelse=[]
            ) if isinstance(place, (ast.Attribute, ast.Name, ast.Subscript)):
                where = ast.dump(place)
                stored = [
                    each
                    for line in body
                    for each in within(line, ast.Subscript)
                    if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store)
                ]
                if any(ast.dump(each.value) == where for each in stored):
                    found, inside = node, stored
            case _:
                continue
    if found is None:
        return None
    for node in within(function, ast.Subscript, ast.Attribute, ast.Call, ast.AugAssign):
        match node:
            case ast.Subscript(ctx=ast.Store()) if node not in inside:
                return None
            case ast.AugAssign() | ast.Attribute(ctx=ast.Store()):
                return None
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"))):
                return None  # which may store it
            case ast.Attribute(attr="setdefault" | "append" | "insert" | "update" | "add"):
                return None
            case _:
                continue
    return found


def replaces_in_list(function: Function, parts: list[Function]) -> ast.AST | None:
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
