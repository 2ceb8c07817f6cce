"""The tables that statements put rows into, and those that they delete rows from."""

import re
from collections.abc import Iterable

from .classes import Class
from .item_places import is_of_items
from .module import Function, Module
from .sql import queries
from .stores import reached

_INTO = re.compile(r"into [\"'`\[]?(?:\w+\.)?(\w+)")
_FROM = re.compile(r"delete from [\"'`\[]?(?:\w+\.)?(\w+)")


def flat(parts: Iterable[tuple[Function, Module]]) -> list[str]:
    """Return the statements that functions send, in lower case with single blanks."""
    return [query.flat for part, module in parts for query in queries(module, part)]


def put_into(statements: Iterable[str]) -> set[str]:
    """Return the tables that statements put rows into."""
    return {name for each in statements for name in _INTO.findall(each)}


def deleted_from(statements: Iterable[str]) -> set[str]:
    """Return the tables that statements delete rows from."""
    return {name for each in statements for name in _FROM.findall(each)}


def item_tables(store: Class) -> set[str]:
    """Return the tables of items that adding an item puts it into."""
    adding = store.method("add_thread_item")
    into = put_into(flat(reached(store, adding[0]))) if adding is not None else set[str]()
    return {table for table in into if is_of_items(table)}
