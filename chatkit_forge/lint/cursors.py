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
    r"(?P<left>\([^()]*\)|[\w.]+)\s*(?:<|>|<=|>=|\{\})\s*(?P<right>\(|\?|%s|%\(|\$\d|:\w+|@\w+|\{\})"
)

# Before the name of a variable whose column is not known.
_VARIABLE = "?"


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
    yield from _lists(function)


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
    columns: dict[str, list[str]] = {}
    compared: set[str] = set()
    place: ast.AST | None = None
    for node in within(function, ast.Assign, ast.Call, ast.Compare):
        match node:
            case ast.Call(func=ast.Attribute(attr="order_by"), args=args):
                place = place or node
                for argument in args:
                    ordered += [c for key in _key(argument) for c in columns.get(key, [key])]
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                columns[f"{_VARIABLE}{name}"] = _key(value)
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id=name), attr=column),
                ops=[ast.Lt() | ast.Gt() | ast.LtE() | ast.GtE()],
            ) if name[:1].isupper():
                compared.add(column)
            case ast.Compare(
                left=ast.Attribute(value=ast.Attribute(attr="c" | "columns"), attr=column),
                ops=[ast.Lt() | ast.Gt() | ast.LtE() | ast.GtE()],
            ):
                compared.add(column)
            case ast.Call(func=ast.Name(id="tuple_"), args=args):
                compared |= {key for argument in args for key in _key(argument)}
            case _:
                continue
    if place is not None and compared:
        yield Cursor(place, tuple(dict.fromkeys(ordered)), frozenset(compared))


def _lists(function: Function) -> Iterator[Cursor]:
    """Yield one cursor for a function that sorts objects and takes those beyond another."""
    ordered: list[str] = []
    compared: set[str] = set()
    place: ast.AST | None = None
    for node in within(function):
        match node:
            case ast.keyword(arg="key", value=ast.Lambda(body=body)):
                elements = body.elts if isinstance(body, ast.Tuple) else [body]
                ordered += [_member(each) for each in elements]
            case ast.ListComp(generators=[ast.comprehension(target=ast.Name(id=name), ifs=tests)]):
                for test in tests:
                    found = _beyond(test, name)
                    compared |= found
                    place = place or (node if found else None)
            case _:
                continue
    if place is not None and ordered and "?" not in ordered:
        yield Cursor(place, tuple(ordered), frozenset(compared))


def _beyond(test: ast.expr, name: str) -> set[str]:
    """Return the fields of an object that a filter wants to be beyond something else's."""
    found: set[str] = set()
    for node in (test, *within(test)):
        match node:
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id=owner), attr=field),
                ops=[ast.Lt() | ast.Gt()],
                comparators=[ast.Name() | ast.Attribute()],
            ) if owner == name:
                found.add(field)
            case _:
                continue
    return found


def _member(node: ast.expr) -> str:
    match node:
        case ast.Attribute(value=ast.Name(), attr=field):
            return field
        case _:
            return "?"


def _documents(function: Function) -> Iterator[Cursor]:
    """Yield one cursor for a function that builds its page from documents, as in MongoDB."""
    ordered: list[str] = []
    compared: set[str] = set()
    place: ast.AST | None = None
    for node in within(function, ast.Call, ast.Assign, ast.Dict, ast.keyword):
        match node:
            case ast.Call(func=ast.Attribute(attr="sort"), args=[ast.Constant(value=str(key)), *_]):
                place, ordered = place or node, [*ordered, key]
            case ast.keyword(arg="sort", value=ast.List(elts=pairs)):
                place = place or node.value
                ordered += [_first(pair) for pair in pairs]
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
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="asc" | "desc"), args=[inner]):
            return _key(inner)
        case ast.Call(func=ast.Attribute(value=inner), args=[]):
            return _key(inner)
        case ast.Attribute(attr=column):
            return [column]
        case ast.IfExp(body=body):
            return _key(body)
        case ast.Starred():
            return ["?"]
        case ast.Name(id=name):
            return [f"{_VARIABLE}{name}"]
        case _:
            return []
