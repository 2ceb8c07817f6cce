"""What pages go on by that are cut out of sorted lists: filters, loops, `bisect`, `dropwhile`."""

import ast
from collections.abc import Iterator

from .cursor import Cursor
from .module import Function, Module, within
from .values import given_values

# One of them is called where lists are gone through.
SORTS = frozenset({"sorted", "sort"})
_FILTERS = frozenset({"filter", "dropwhile", "takewhile", "filterfalse"})
_BISECTS = frozenset({"bisect", "bisect_left", "bisect_right"})


def lists(module: Module, function: Function) -> Iterator[Cursor]:
    """Yield one cursor for a function that sorts objects and takes those beyond another."""
    ordered: list[str] = []
    compared: dict[str, ast.AST] = {}
    for node in within(function, ast.Call, ast.comprehension, ast.For):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=words) if (
                name in SORTS
            ):
                keys = [word.value for word in words if word.arg == "key"]
                ordered += [field for key in keys for field in _key(module, key)]
                found: set[str] = set()
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if (
                name in _BISECTS
            ):
                found = _bisected(module, node, args)
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Lambda() as test, *_]
            ) if name in _FILTERS and test.args.args:
                found = _beyond(test.body, test.args.args[0].arg)
            case ast.comprehension(target=ast.Name(id=name), ifs=tests):
                found = {field for test in tests for field in _beyond(test, name)}
            case ast.For(target=ast.Name(id=name), body=body):
                found = _skipped(body, name)
            case _:
                continue
        for field in found:
            compared.setdefault(field, node)
    place = next(iter(compared.values()), None)
    # A comprehension has no place of its own.
    if isinstance(place, ast.comprehension):
        place = module.parents[place]
    if place is not None and ordered and "?" not in ordered:
        yield Cursor(place, tuple(ordered), frozenset(compared))


def _key(module: Module, node: ast.expr) -> list[str]:
    """Return the fields that a key for sorting looks at; "?" for what cannot be seen."""
    match node:
        case ast.Lambda(body=ast.Tuple(elts=elements), args=ast.arguments(args=[first, *_])):
            return [_field(each, first.arg) or "?" for each in elements]
        case ast.Lambda(body=body, args=ast.arguments(args=[first, *_])):
            return [_field(body, first.arg) or "?"]
        case ast.Call(
            func=ast.Name(id="attrgetter" | "itemgetter")
            | ast.Attribute(attr="attrgetter" | "itemgetter"),
            args=args,
        ):
            return [str(a.value) if isinstance(a, ast.Constant) else "?" for a in args]
        case ast.Name():
            given = given_values(module, node)
            return _key(module, given[0]) if len(given) == 1 and given[0] is not None else ["?"]
        case _:
            return ["?"]


def _field(node: ast.expr, owner: str) -> str | None:
    """Return the field that an expression reads: `t.at`, `t["at"]`, `t.at.timestamp()`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=field) if name == owner:
            return field
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(field))):
            return field if name == owner else None
        case ast.Attribute(value=ast.Attribute() | ast.Subscript() as inner, attr=field):
            # A record that wraps the thread: `row.thread.created_at`.
            return field if _field(inner, owner) is not None else None
        case ast.Call(func=ast.Attribute(value=inner, attr="timestamp" | "isoformat"), args=[]):
            return _field(inner, owner)
        case _:
            return None


def _fields(node: ast.expr, owner: str) -> set[str]:
    elements = node.elts if isinstance(node, ast.Tuple) else [node]
    return {field for each in elements if (field := _field(each, owner)) is not None}


def _beyond(test: ast.expr, name: str) -> set[str]:
    """Return the fields of an object that a filter wants to be beyond something else's."""
    found: set[str] = set()
    for node in (test, *within(test, ast.Compare)):
        match node:
            case ast.Compare(
                left=left,
                ops=[ast.Lt() | ast.Gt() | ast.LtE() | ast.GtE()],
                comparators=[
                    ast.Name() | ast.Attribute() | ast.Subscript() | ast.Tuple() | ast.Call()
                ],
            ):
                found |= _fields(left, name)
            case _:
                continue
    return found


def _skipped(body: list[ast.stmt], name: str) -> set[str]:
    """Return the fields by which a loop passes over objects, or takes them."""
    found: set[str] = set()
    for statement in body:
        match statement:
            case ast.If(test=test, body=[ast.Continue() | ast.Expr(value=ast.Call())]):
                found |= _beyond(test, name)
            case _:
                continue
    return found


def _bisected(module: Module, node: ast.Call, args: list[ast.expr]) -> set[str]:
    """Return the fields of the objects that a list is searched by."""
    keys = [word.value for word in node.keywords if word.arg == "key"]
    if keys:
        return {field for field in _key(module, keys[0]) if field != "?"}
    listed = args[0] if args else None
    if isinstance(listed, ast.Name):
        given = given_values(module, listed)
        listed = given[0] if len(given) == 1 else None
    match listed:
        case ast.ListComp(elt=element, generators=[ast.comprehension(target=ast.Name(id=name))]):
            return _fields(element, name)
        case _:
            return set()
