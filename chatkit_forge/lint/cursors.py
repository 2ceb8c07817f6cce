"""How the pages of a store go on: in SQL, in expressions of a mapper, in documents, in lists."""

import ast
import re
from collections.abc import Iterator

from .classes import Class
from .cursor import Cursor, compared
from .cursor_documents import SCORED, documents, sorted_sets
from .cursor_expressions import expressions
from .cursor_lists import SORTS, lists
from .module import Function, Module, within
from .names import last_name
from .sql import queries
from .stores import reached

_SEGMENT = re.compile(
    r" where (?P<where>.*?) order by (?P<keys>.*?)(?P<tail> limit| offset| for |\)|;|$)"
)
_QUOTES = str.maketrans("", "", "\"'`")


def cursors(store: Class, function: Function) -> list[tuple[Cursor, Module]]:
    """Return how the pages of a method go on, with the module that says it."""
    known = store.module.known.setdefault(("cursors", store.node), {})
    if function not in known:
        known[function] = _cursors(store, function)
    return known[function]


def _cursors(store: Class, function: Function) -> list[tuple[Cursor, Module]]:
    found: list[tuple[Cursor, Module]] = []
    ordered: list[str] = []
    halves: list[tuple[Cursor, Module]] = []
    for part, module in reached(store, function):
        key = ("cursors", part)
        if key not in module.known:
            module.known[key] = list(_of(module, part))
        for cursor in module.known[key]:
            if cursor.ordered and cursor.compared:
                found.append((cursor, module))
            elif cursor.compared:
                halves.append((cursor, module))
            else:
                ordered += cursor.ordered
    if found or not ordered:
        return found
    # One function compares, another one orders.
    beyond = frozenset(column for half, _ in halves for column in half.compared)
    return [(Cursor(h.node, tuple(ordered), beyond), place) for h, place in halves[:1]]


def _of(module: Module, function: Function) -> Iterator[Cursor]:
    yield from _statements(module, function)
    yield from expressions(module, function)
    yield from documents(module, function)
    # Most functions call neither: there is nothing to go on by.
    calls = within(function, ast.Call)
    called = {last_name(each.func) for each in calls if isinstance(each, ast.Call)}
    if not called.isdisjoint(SCORED):
        yield from sorted_sets(module, function)
    if not called.isdisjoint(SORTS):
        yield from lists(module, function)


def _statements(module: Module, function: Function) -> Iterator[Cursor]:
    for query in queries(module, function):
        if query.verb not in {"SELECT", "WITH"}:
            continue
        flat = query.flat.translate(_QUOTES).replace("<>", "!=")
        if " order by " not in flat:
            continue
        for segment in _SEGMENT.finditer(flat):
            # An OFFSET counts rows; that is another way.
            counts = re.search(r" offset (?!0\b)", flat) is not None
            beyond = frozenset(compared(segment["where"]))
            if beyond and not counts:
                yield Cursor(query.node, tuple(_columns(segment["keys"])), beyond)


def _columns(keys: str) -> Iterator[str]:
    for key in keys.split(","):
        word = key.strip().partition(" ")[0].rpartition(".")[2]
        if word and not word.startswith("{"):
            yield word


def is_id(column: str) -> bool:
    """Say whether a column holds an id of ChatKit's, which says nothing about time."""
    return column in {"id", "_id", "uuid", "thread_id", "item_id", "message_id", "public_id"}
