"""What pages go on by that are built from expressions: SQLAlchemy, Django, query builders."""

import ast
import re
from collections.abc import Iterator

from .cursor import Cursor
from .cursor import compared as compared_in
from .cursor_unseen import UNSEEN, is_condition, is_unseen_lookup
from .module import Function, Module, within
from .names import last_name

_ORDERS = frozenset({"order_by", "order"})
_BEYOND = (ast.Lt, ast.Gt, ast.LtE, ast.GtE)
_OPERATORS = frozenset({"lt", "gt", "le", "ge", "lte", "gte"})
_LOOKUP = re.compile(r"(\w+?)__(?:lt|gt|lte|gte|)$")
_FILTER = re.compile(r"(\w+)\.(?:lt|gt|lte|gte)\.")
_SIGNS = frozenset({"<", ">", "<=", ">="})
# The calls that order or compare something.
_WORDS = _ORDERS | _OPERATORS | {
    "filter", "exclude", "Q", "or_", "or", "op", "__lt__", "__gt__", "where", "FieldFilter",
}  # fmt: skip
_DEPTH = 4


def expressions(module: Module, function: Function) -> Iterator[Cursor]:
    """Yield what a function orders by and compares, as one cursor."""
    nodes = [n for n in within(function, ast.Call, ast.Compare, ast.keyword) if _may_concern(n)]
    if not nodes:
        return
    names = _given(function)
    ordered: list[str] = []
    compared: dict[str, ast.AST] = {}
    place: ast.AST | None = None
    indexed = False
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=args) if name in _ORDERS:
                keys = [key for each in args[:1] if name == "order" for key in _texts(each)]
                keys += [key for each in args if name == "order_by" for key in _keys(each, names)]
                if keys:
                    place = place or node
                ordered += keys
            case ast.Compare(left=left, ops=[operator]) if isinstance(operator, _BEYOND):
                columns = _columns(left, names)
                if not columns and is_condition(module, node):
                    columns = [UNSEEN]
                for column in columns:
                    compared.setdefault(column, node)
            case ast.keyword(arg="KeyConditionExpression", value=value):
                indexed = True
                for column in compared_in(_written(value)):
                    compared.setdefault(column, value)
            case ast.Call():
                for column in _called(node, names):
                    compared.setdefault(column, node)
            case _:
                continue
    # DynamoDB's order is that of the key which is asked about.
    ordered += list(compared) if indexed else []
    if place is not None or compared:
        where = next(iter(compared.values()), place)
        if where is not None:
            yield Cursor(where, tuple(dict.fromkeys(ordered)), frozenset(compared))


def _may_concern(node: ast.AST) -> bool:
    """Say whether a node is of a kind that orders or compares; most calls are of other names."""
    if isinstance(node, ast.Call):
        # A variable may hold an operator, which is given two things.
        is_plain = isinstance(node.func, ast.Name) and len(node.args) == 2
        return is_plain or last_name(node.func) in _WORDS
    if isinstance(node, ast.keyword):
        return node.arg == "KeyConditionExpression"
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], _BEYOND)


def _given(function: Function) -> dict[str, list[ast.expr]]:
    """Return what a function's variables are given, pairs of tuples taken apart."""
    found: dict[str, list[ast.expr]] = {}
    for node in within(function, ast.Assign, ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        match targets, value:
            case [ast.Name(id=name)], ast.expr():
                found.setdefault(name, []).append(value)
            case [ast.Tuple(elts=names)], ast.Tuple(elts=values) if len(names) == len(values):
                for each, one in zip(names, values, strict=True):
                    if isinstance(each, ast.Name):
                        found.setdefault(each.id, []).append(one)
            case _:
                continue
    return found


def _columns(node: ast.expr, names: dict[str, list[ast.expr]], depth: int = _DEPTH) -> list[str]:
    """Return the columns that an expression surely stands for: `Model.at`, `table.c.at`."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=column) if owner[:1].isupper():
            return [column]
        case ast.Attribute(value=ast.Attribute(attr="c" | "columns" | "model"), attr=column):
            return [column]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in {
            "col", "tuple_", "func", "row", "Key",
        }:  # fmt: skip
            if name == "Key":
                return [text for each in args[:1] for text in _texts(each)]
            return _together([_columns(each, names, depth) for each in args])
        case ast.Starred(value=inner):
            return _columns(inner, names, depth)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return _together([_columns(each, names, depth) for each in elements])
        case ast.Name(id=name) if depth:
            given = names.get(name, [])
            return [c for each in given for c in _columns(each, names, depth - 1)]
        case _:
            return []


def _together(parts: list[list[str]]) -> list[str]:
    """Return the columns of a tuple, of which some may be unseen, but not all."""
    return [c for part in parts for c in part or [UNSEEN]] if any(parts) else []


def _called(node: ast.Call, names: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Yield the columns that a call compares with something."""
    func = node.func
    word = last_name(func)
    if word in {"filter", "exclude", "Q"}:
        for keyword in node.keywords:
            yield from _looked_up(keyword)
        return
    if word in {"or_", "or"}:
        for each in node.args[:1]:
            yield from _FILTER.findall(_written(each))
    if word in _OPERATORS and node.args:
        if isinstance(func, ast.Attribute):
            yield from _columns(func.value, names)  # Key("at").gt(...)
        yield from _texts(node.args[0]) if len(node.args) > 1 else ()
    if word in {"op", "__lt__", "__gt__"} and isinstance(func, ast.Attribute):
        yield from _columns(func.value, names)
    if (word in _OPERATORS or _is_operator(func, names)) and len(node.args) == 2:
        yield from _columns(node.args[0], names)
    if word in {"where", "FieldFilter"}:
        match node.args:
            case [ast.Constant(value=str(column)), ast.Constant(value=sign), _] if sign in _SIGNS:
                yield column
            case [ast.Constant(value=str(column)), ast.Name(id=name), _]:
                given = names.get(name, [])
                if any(set(_texts(each)) & _SIGNS for each in given):
                    yield column
            case _:
                return


def _looked_up(keyword: ast.keyword) -> Iterator[str]:
    """Yield the fields of Django's `created_at__lt=...`, also behind `**{...}`."""
    keys = [keyword.arg or ""]
    if keyword.arg is None and isinstance(keyword.value, ast.Dict):
        names = [key for key in keyword.value.keys if key is not None]
        keys = [_written(key) for key in names]
        if any(is_unseen_lookup(key) for key in names):
            yield UNSEEN
    for key in keys:
        found = _LOOKUP.fullmatch(key)
        if found is not None:
            yield found[1]


def _is_operator(func: ast.expr, names: dict[str, list[ast.expr]]) -> bool:
    """Say whether a variable that is called holds `operator.lt` or the like."""
    match func:
        case ast.Name(id=name):
            return any(_names_operator(each) for each in names.get(name, []))
        case _:
            return False


def _names_operator(node: ast.expr) -> bool:
    match node:
        case ast.IfExp(body=body):
            return _names_operator(body)
        case ast.Attribute(value=ast.Name(id="operator" | "op"), attr=name) | ast.Name(id=name):
            return name in _OPERATORS
        case _:
            return False


def _texts(node: ast.expr) -> list[str]:
    """Return the strings that an expression may be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=other):
            return [*_texts(body), *_texts(other)]
        case _:
            return []


def _written(node: ast.expr) -> str:
    """Return what is written of a string, without the values in it."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_written(each) for each in values)
        case _:
            return ""


def _keys(node: ast.expr, names: dict[str, list[ast.expr]], depth: int = _DEPTH) -> list[str]:
    """Return the columns that one argument of `order_by` names; "?" for what cannot be seen."""
    match node:
        case ast.Constant(value=str(text)):
            return [text.lstrip("-+").partition(" ")[0]]
        case ast.Call(func=ast.Name() | ast.Attribute(attr="asc" | "desc"), args=[inner]):
            return _keys(inner, names, depth)
        case ast.Call(func=ast.Attribute(value=inner), args=[]):
            return _keys(inner, names, depth)
        case ast.Attribute(attr=column):
            return [column]
        case ast.IfExp(body=body):
            return _keys(body, names, depth)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return [key for each in elements for key in _keys(each, names, depth)]
        case ast.Starred(value=ast.GeneratorExp(generators=[source])):
            return _keys(source.iter, names, depth)
        case ast.Starred(value=inner):
            return _keys(inner, names, depth)
        case ast.Name(id=name) if depth and name in names:
            return [key for each in names[name] for key in _keys(each, names, depth - 1)]
        case _:
            return ["?"]
