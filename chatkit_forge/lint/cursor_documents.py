"""What pages of document databases go on by: MongoDB's filters, DynamoDB's keys, Redis's scores."""

import ast
from collections.abc import Iterator

from .cursor import Cursor
from .cursor_unseen import UNSEEN
from .module import Function, Module, within
from .names import last_name
from .times import is_time
from .values import given_values

_BY_SCORE = frozenset({"zrangebyscore", "zrevrangebyscore"})
# One of them is called where Redis is asked for a page.
SCORED = _BY_SCORE | {"zrange", "zrevrange"}


def documents(module: Module, function: Function) -> Iterator[Cursor]:
    """Yield one cursor for a function that builds its page from documents, as in MongoDB."""
    ordered: list[str] = []
    compared: dict[str, ast.AST] = {}
    place: ast.AST | None = None
    for node in within(function, ast.Call, ast.Assign, ast.Dict, ast.keyword):
        # Asked of every call: most have nothing to do with an order.
        if isinstance(node, ast.Call) and last_name(node.func) != "sort":
            continue
        match node:
            case ast.Call(func=ast.Attribute(attr="sort"), args=[first, *_]):
                keys = _sorted(module, first)
                place = place or (node if keys else None)
                ordered += keys
            case ast.keyword(arg="sort", value=value):
                keys = _sorted(module, value)
                place = place or (node.value if keys else None)
                ordered += keys
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value) if _is_range(
                module, value
            ):
                name = key.value if isinstance(key, ast.Constant) else UNSEEN
                compared.setdefault(str(name), node)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    match key:
                        case ast.Constant(value="$sort"):
                            place = place or node
                            ordered += _sorted(module, value)
                        case ast.Constant(value=str(name)) if _is_range(module, value):
                            compared.setdefault(name, node)
                        case ast.expr() if _is_range(module, value):
                            compared.setdefault(UNSEEN, node)
                        case _:
                            continue
            case _:
                continue
    if place is not None or compared:
        where = next(iter(compared.values()), place)
        if where is not None:
            yield Cursor(where, tuple(ordered), frozenset(compared))


def _sorted(module: Module, node: ast.expr) -> list[str]:
    """Return the fields that documents are sorted by; "?" for what cannot be seen."""
    match node:
        case ast.Constant(value=str(key)):
            return [key]
        case ast.List(elts=pairs):
            return [_first(pair) for pair in pairs]
        case ast.Dict(keys=keys):
            return [str(k.value) if isinstance(k, ast.Constant) else "?" for k in keys]
        case ast.IfExp(body=body):
            return _sorted(module, body)
        case ast.Name():
            given = given_values(module, node)
            return _sorted(module, given[0]) if len(given) == 1 and given[0] is not None else []
        case _:
            return []


def _first(pair: ast.expr) -> str:
    match pair:
        case ast.Tuple(elts=[ast.Constant(value=str(key)), *_]):
            return key
        case _:
            return "?"


def _is_range(module: Module, value: ast.expr, depth: int = 3) -> bool:
    """Say whether a condition asks for what is beyond something, also by a name of it."""
    match value:
        case ast.Dict(keys=[key]):
            match key:
                case ast.Constant(value="$gt" | "$lt" | "$gte" | "$lte") | ast.Name():
                    return True
                case ast.IfExp(body=ast.Constant(value=str(text))):
                    return text.startswith("$")
                case _:
                    return False
        case ast.IfExp(body=body, orelse=other):
            return _is_range(module, body, depth) or _is_range(module, other, depth)
        case ast.Name() if depth:
            given = given_values(module, value)
            return any(each and _is_range(module, each, depth - 1) for each in given)
        case _:
            return False


def sorted_sets(module: Module, function: Function) -> Iterator[Cursor]:
    """Yield one cursor for a function that goes on behind a score of Redis that is a time."""
    asked: ast.AST | None = None
    beyond = False
    for node in within(function, ast.Call, ast.JoinedStr):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in _BY_SCORE:
                asked = asked or node
            case ast.Call(func=ast.Attribute(attr="zrange" | "zrevrange"), keywords=words):
                if any(word.arg == "byscore" for word in words):
                    asked = asked or node
            case ast.JoinedStr(values=[ast.Constant(value="("), *_]):
                beyond = True
            case _:
                continue
    # Without the parenthesis those of the same score come along, and can be told apart.
    if asked is not None and beyond and _scores_are_times(module, function):
        yield Cursor(asked, ("created_at",), frozenset({"created_at"}))


def _scores_are_times(module: Module, function: Function) -> bool:
    """Say whether what a store puts into sorted sets is scored by a time, and never counted."""
    region = module.class_of(function) or module.tree
    scores = [
        score
        for node in within(region, ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "zadd"
        for given in node.args[1:2]
        if isinstance(given, ast.Dict)
        for score in given.values
    ]
    return bool(scores) and all(_is_time(module, each) for each in scores)


def _is_time(module: Module, score: ast.expr, depth: int = 3) -> bool:
    """Say whether a score is a time and nothing more: no number is added to it."""
    match score:
        case ast.Name(id=name):
            values = [value for value in given_values(module, score) if value is not None]
            if values and depth:
                return all(_is_time(module, value, depth - 1) for value in values)
            return is_time(name)
        case ast.BinOp(op=ast.Add()):
            return False
        case ast.Attribute(attr=name):
            return is_time(name)
        case ast.Call(func=ast.Attribute(attr="timestamp" | "time" | "time_ns")):
            return True
        case ast.Call(func=ast.Name(id=name), args=[first, *_]):
            helper = module.functions.get(name)
            adds = helper is not None and any(
                isinstance(node, ast.Call) and "incr" in ast.dump(node.func)
                for node in within(helper, ast.Call)
            )
            return not adds and _is_time(module, first, depth)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self")), args=[first, *_]):
            return _is_time(module, first, depth)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Sub()):
            return _is_time(module, left, depth)
        case _:
            return False
