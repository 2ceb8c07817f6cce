"""What a page's statement orders and compares by, from SQL text and SQLAlchemy expressions."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .module import Function, Module, within
from .sql import queries

_ORDER = re.compile(r"order by (?P<keys>.*?)(?: limit| offset| for |\)|;|$)")
_TIME = re.compile(r"\b(?:\w+\.)?(created\w*|timestamp|ts|at|time|updated\w*)\b")
_BEYOND = re.compile(
    r"(?P<left>\([^()]*\)|[\w.]+)\s*(?:<|>|<=|>=|\{\})\s*(?P<right>\(|\?|%s|%\(|\$\d|:\w+|\{\})"
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Hold what rows are ordered by and what is compared with the cursor, as column names."""

    node: ast.AST
    ordered: tuple[str, ...]
    compared: frozenset[str]


def cursors(module: Module, function: Function) -> list[Cursor]:
    """Return the pages that a function reads behind a cursor."""
    key = ("cursors", function)
    if key not in module.known:
        module.known[key] = list(_cursors(module, function))
    return module.known[key]


def _cursors(module: Module, function: Function) -> Iterator[Cursor]:
    for query in queries(module, function):
        order = _ORDER.search(query.flat)
        where = query.flat.partition(" where ")[2].partition(" order by ")[0]
        compared = frozenset(
            column.strip(" ()").rpartition(".")[2]
            for match in _BEYOND.finditer(where)
            for column in match["left"].split(",")
        )
        # An OFFSET counts rows; that is another way.
        if order and compared and query.verb in {"SELECT", "WITH"}:
            yield Cursor(query.node, tuple(_columns(order["keys"])), compared)
    yield from _expressions(function)
    yield from _documents(function)


def _columns(keys: str) -> Iterator[str]:
    for key in keys.split(","):
        word = key.strip().partition(" ")[0].rpartition(".")[2]
        if word and word != "{}":
            yield word


def is_time(column: str) -> bool:
    """Say whether a column holds a time, by its name."""
    return _TIME.fullmatch(column) is not None


def _expressions(function: Function) -> Iterator[Cursor]:
    """Yield one cursor for a function that builds its page from SQLAlchemy expressions."""
    ordered: list[str] = []
    compared: set[str] = set()
    place: ast.AST | None = None
    for node in within(function, ast.Call, ast.Compare):
        match node:
            case ast.Call(func=ast.Attribute(attr="order_by"), args=args):
                place = place or node
                for argument in args:
                    ordered += _key(argument)
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id=name), attr=column),
                ops=[ast.Lt() | ast.Gt() | ast.LtE() | ast.GtE()],
            ) if name[:1].isupper():
                compared.add(column)
            case ast.Call(func=ast.Name(id="tuple_"), args=args):
                compared |= {key for argument in args for key in _key(argument)}
            case _:
                continue
    if place is not None and compared:
        yield Cursor(place, tuple(dict.fromkeys(ordered)), frozenset(compared))


def _documents(function: Function) -> Iterator[Cursor]:
    """Yield one cursor for a function that builds its page from documents, as in MongoDB."""
    ordered: list[str] = []
    compared: set[str] = set()
    place: ast.AST | None = None
    for node in within(function, ast.Call, ast.Assign, ast.Dict):
        match node:
            case ast.Call(func=ast.Attribute(attr="sort"), args=[ast.Constant(value=str(key)), *_]):
                place, ordered = place or node, [*ordered, key]
            case ast.Call(func=ast.Attribute(attr="sort"), args=[ast.List(elts=pairs), *_]):
                place = place or node
                ordered += [_first(pair) for pair in pairs]
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value=str(key)))], value=value
            ):
                if _is_range(value):
                    compared.add(key)
                    place = node
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and _is_range(value):
                        compared.add(str(key.value))
            case _:
                continue
    if place is not None and compared and ordered:
        yield Cursor(place, tuple(ordered), frozenset(compared))


def _first(pair: ast.expr) -> str:
    match pair:
        case ast.Tuple(elts=[ast.Constant(value=str(key)), *_]):
            return key
        case _:
            return "?"


def _is_range(value: ast.expr) -> bool:
    """Say whether a condition asks for what is beyond something."""
    match value:
        case ast.Dict(keys=[ast.Constant(value="$gt" | "$lt" | "$gte" | "$lte")]):
            return True
        case ast.Dict(keys=[ast.Name()]):
            return True
        case _:
            return False


def _key(node: ast.expr) -> list[str]:
    match node:
        case ast.Call(func=ast.Name(), args=[inner]):
            return _key(inner)
        case ast.Call(func=ast.Attribute(value=inner), args=[]):
            return _key(inner)
        case ast.Attribute(attr=column):
            return [column]
        case ast.IfExp(body=body):
            return _key(body)
        case ast.Starred():
            return ["?"]
        case ast.Name():
            return ["?"]
        case _:
            return []
