"""How an item is put where items are kept: at the end, only where there is none, or in place."""

import ast
import re
from collections.abc import Container, Iterable, Iterator

from .flow import bound, mentions, words_in
from .module import Function, Module, within
from .values import given_values

_CREATES = frozenset({
    "create", "acreate", "bulk_create", "abulk_create", "insert_one", "insert_many", "create_item",
    "rpush", "lpush", "add_all", "create_entity",
})  # fmt: skip
_KEEPS = frozenset({"get_or_create", "aget_or_create", "on_conflict_do_nothing"})
# What the order of a thread's items is kept in.
_ORDER = re.compile(r"order|ids\b|index|sequence|item|message", re.I)
_LISTS = (ast.List, ast.ListComp)


def names_of(function: Function, item: str) -> set[str]:
    """Return the variables that hold an item, or what is made of it."""
    found = {item}
    while True:
        before = len(found)
        for node in within(function, ast.Assign, ast.AnnAssign):
            match node:
                case ast.Assign(targets=targets, value=value) if mentions(value, found):
                    found |= {name for target in targets for name in bound(target)}
                case ast.AnnAssign(target=target, value=ast.expr() as value) if mentions(
                    value, found
                ):
                    found |= bound(target)
                case _:
                    continue
        if len(found) == before:
            return found


def keeps_old(
    module: Module, function: Function, item: str, others: Iterable[Function]
) -> Iterator[ast.AST]:
    """Yield the writes that leave alone what is stored under the item's id already.

    Not where one of the `others`, which run as well, changes what is there.
    """
    wholes = _wholes(function, item)
    names = names_of(function, item)
    for node in within(function, ast.Call, ast.If):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault" | "hsetnx" | "setnx"), args=[*keys, value]
            ):
                if any(is_id(key, item) for key in keys) and _is_whole(value, wholes):
                    yield node
            case ast.Call(func=ast.Attribute(attr=name)) if name in _KEEPS:
                whole = _statement(module, node)
                alone = isinstance(whole, ast.Expr) and mentions(whole, names)
                if alone and not _updates(others):
                    yield node
            case ast.Call(func=ast.Attribute(attr="set"), args=[_, value, *_], keywords=keywords):
                if _is_whole(value, wholes) and any(
                    k.arg == "nx" and isinstance(k.value, ast.Constant) and k.value.value
                    for k in keywords
                ):
                    yield node
            case ast.Call(func=ast.Attribute(attr="update_one" | "find_one_and_update")):
                if _only_inserts(node) and mentions(node, names) and not _updates(others):
                    yield node
            case ast.If(test=test, body=[only], orelse=[]):
                yield from _refused(function, node, test, only, item)
            case _:
                continue


def _refused(
    function: Function, node: ast.If, test: ast.expr, only: ast.stmt, item: str
) -> Iterator[ast.AST]:
    """Yield what a look into the container does about an item that is there: nothing, or raise."""
    place = _looked_into(test, item)
    if place is None:
        return
    wanted = words_in(place)
    if _is_absent(test, item):
        match only:
            case ast.Assign(targets=[ast.Subscript(value=kept)], value=value) if words_in(
                kept
            ) == wanted and _is_whole(value, {item}):
                if _is_last(function, node):
                    yield only
            case _:
                return
    elif isinstance(only, ast.Raise) and any(
        isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Subscript)
        and words_in(each.targets[0].value) == wanted
        for each in within(function, ast.Assign)
    ):
        yield only


def _looked_into(test: ast.expr, item: str) -> ast.expr | None:
    """Return the container that is asked for the item's id."""
    match test:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[place]):
            return place if is_id(left, item) else None
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _looked_into(inner, item)
        case _:
            return None


def _updates(functions: Iterable[Function]) -> bool:
    """Say whether something else in these functions changes what is stored."""
    for node in (each for function in functions for each in within(function, ast.Call)):
        match node:
            case ast.Call(func=ast.Attribute(attr="update_one" | "replace_one" | "hset")):
                if not _only_inserts(node):
                    return True
            case ast.Call(func=ast.Name(id="update") | ast.Attribute(attr="update")):
                return True
            case _:
                continue
    return False


def _wholes(function: Function, item: str) -> set[str]:
    """Return the variables that hold the item, or a dump of it."""
    found = {item}
    for node in within(function, ast.Assign):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_whole(value, found):
                found.add(name)
            case _:
                continue
    return found


def is_id(node: ast.AST, item: str) -> bool:
    """Say whether an expression is the item's id, or is made of it."""
    return any(
        isinstance(each, ast.Attribute)
        and each.attr == "id"
        and isinstance(each.value, ast.Name)
        and each.value.id == item
        for each in (node, *within(node, ast.Attribute))
    )


def _statement(module: Module, node: ast.AST) -> ast.AST | None:
    return next((p for p in module.ancestors(node) if isinstance(p, ast.stmt)), None)


def _only_inserts(node: ast.Call) -> bool:
    """Say whether a document is only filled where it is new."""
    match node.args:
        case [_, ast.Dict(keys=[ast.Constant(value="$setOnInsert")]), *_]:
            return True
        case _:
            return False


def _is_absent(test: ast.expr, item: str) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.NotIn()]):
            return is_id(left, item)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.In()])):
            return is_id(left, item)
        case _:
            return False


def _is_last(function: Function, node: ast.If) -> bool:
    """Say whether nothing is stored by a key elsewhere in a function."""
    inside = set(within(node, ast.Assign))
    return not any(
        isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Subscript)
        for each in within(function, ast.Assign)
        if each not in inside
    )


def _is_whole(value: ast.expr, names: set[str]) -> bool:
    """Say whether a value is the item, or a copy or dump of it."""
    match value:
        case ast.Name(id=name):
            return name in names
        case ast.Call(func=ast.Attribute(value=inner)):
            return _is_whole(inner, names) or any(_is_whole(each, names) for each in value.args)
        case ast.Call(args=args):
            return any(_is_whole(each, names) for each in args)
        case _:
            return False


def adds(module: Module, function: Function, item: str, own: Container[str]) -> Iterator[ast.AST]:
    """Yield the writes that put an item beside what is stored under its id.

    What the project calls by the names in `own` is looked at where it is written.
    """
    names = names_of(function, item)
    for node in within(function, ast.Call, ast.Assign, ast.AugAssign):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in own:
                continue
            case ast.Call(func=ast.Attribute(value=place, attr="append" | "insert"), args=args):
                if args and _holds(args[-1], names) and _is_kept(module, function, place):
                    yield node
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()], value=value):
                if _is_longer(value, names):
                    yield node
            case ast.AugAssign(target=ast.Subscript() | ast.Attribute(), value=ast.List() as value):
                if any(_holds(each, names) for each in value.elts):
                    yield node
            case ast.Call(func=ast.Attribute(attr="add"), args=[row]):
                if _is_row(module, row) and mentions(row, names | _made(module, row)):
                    yield node
            case ast.Call(func=ast.Attribute(attr=name)) if name in _CREATES:
                given = [*node.args, *(k.value for k in node.keywords)]
                if any(mentions(each, names) for each in given):
                    yield node
            case ast.Call(func=func) if _is_sqlalchemy_insert(module, func):
                if not any("thread" in words_in(each).lower() for each in node.args[:1]):
                    yield node
            case ast.Call(func=ast.Attribute(attr="values"), args=args, keywords=keywords):
                if _is_insert(node.func) and any(
                    mentions(each, names) for each in (*args, *(k.value for k in keywords))
                ):
                    yield node
            case _:
                continue


def listed_again(module: Module, function: Function, item: str) -> Iterator[ast.Call]:
    """Yield what puts the item's id at the end of a thread's order, whether it is there or not."""
    if any(
        isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn, ast.NotEq))
        for node in within(function, ast.Compare)
    ):
        return
    names = {argument.arg for argument in function.args.args}
    for node in within(function, ast.Call):
        match node:
            case ast.Call(
                func=ast.Attribute(value=place, attr="append"),
                args=[ast.Attribute(value=ast.Name(id=name), attr="id")],
            ) if name == item and name in names and _ORDER.search(words_in(place)):
                around = any(isinstance(p, (ast.If, ast.Try)) for p in module.ancestors(node))
                if "thread" in words_in(place) and not around:
                    yield node
            case _:
                continue


def _holds(value: ast.expr, names: set[str]) -> bool:
    """Say whether a value is made of the item, and more than a part of it."""
    match value:
        case ast.Name(id=name):
            return name in names
        case ast.Attribute():
            return False
        case _:
            return mentions(value, names)


def _is_kept(module: Module, function: Function, place: ast.expr, depth: int = 3) -> bool:
    """Say whether a list is kept somewhere, and not made here."""
    match place:
        case ast.Name() if depth:
            values = given_values(module, place)
            return bool(values) and all(
                value is not None and _is_kept(module, function, value, depth - 1)
                for value in values
            )
        case ast.Attribute(value=ast.Name(id="self")):
            return True
        case ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return not isinstance(inner, ast.Name) or _is_given(module, function, inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="setdefault" | "get")):
            return _is_kept(module, function, inner, depth) or isinstance(inner, ast.Subscript)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"))):
            return True  # a helper's list, to which nobody would add for nothing
        case _:
            return False


def _is_given(module: Module, function: Function, name: ast.Name) -> bool:
    """Say whether a thing comes from elsewhere: an answer, no dictionary written down here."""
    values = given_values(module, name)
    return all(
        isinstance(value, (ast.Call, ast.Await, ast.Subscript, ast.Attribute)) for value in values
    ) and bool(values)


def _is_longer(value: ast.expr, names: set[str]) -> bool:
    """Say whether a value is a list with the item at its end: `[*items, item]`."""
    match value:
        case ast.List(elts=[ast.Starred(value=old), last]):
            return _holds(last, names) and not isinstance(old, _LISTS)
        case ast.BinOp(left=old, op=ast.Add(), right=ast.List(elts=[last])):
            return _holds(last, names) and not isinstance(old, _LISTS)
        case _:
            return False


def _is_row(module: Module, row: ast.expr) -> bool:
    """Say whether something is made of a class, as a row of a session is."""
    if isinstance(row, ast.Name):
        values = given_values(module, row)
        if values == [None]:
            return _is_annotated(module, row)
        return bool(values) and all(v is not None and _is_row(module, v) for v in values)
    match row:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=keywords):
            return bool(keywords) and (name[:1].isupper() or name.startswith(("to_", "from_")))
        case _:
            return False


def _is_annotated(module: Module, row: ast.Name) -> bool:
    function = module.function_of(row)
    return function is not None and any(
        each.arg == row.id
        and isinstance(each.annotation, ast.Name)
        and each.annotation.id[:1].isupper()
        for each in function.args.args
    )


def _made(module: Module, row: ast.expr) -> set[str]:
    """Return the name of a row that a helper is given, which is all it knows of the item."""
    is_given = isinstance(row, ast.Name) and given_values(module, row) == [None]
    return {row.id} if is_given and isinstance(row, ast.Name) else set()


def _is_sqlalchemy_insert(module: Module, func: ast.expr) -> bool:
    name = module.names.resolve(func) or ""
    return name.endswith(".insert") and name.startswith(("sqlalchemy.", "sqlmodel."))


def _is_insert(func: ast.expr) -> bool:
    match func:
        case ast.Attribute(value=ast.Call(func=ast.Attribute(value=table, attr="insert"), args=[])):
            return "thread" not in words_in(table).lower().replace("thread_item", "item")
        case _:
            return False


def is_looked(module: Module, function: Function, test: ast.expr, item: str) -> bool:
    """Say whether a condition may be about what is stored of the item, and of nothing else."""
    match test:
        case ast.Compare(left=left):
            return is_looked(module, function, left, item)
        case ast.UnaryOp(operand=inner) | ast.Await(value=inner) | ast.NamedExpr(value=inner):
            return is_looked(module, function, inner, item)
        case ast.Attribute(value=ast.Name(id=name)):
            return name not in {"self", item}
        case ast.Name():
            values = given_values(module, test)
            names = names_of(function, item)
            known = [value for value in values if value is not None]
            return len(known) < len(values) or not known or any(mentions(v, names) for v in known)
        case _:
            return True
