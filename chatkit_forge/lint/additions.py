"""Writes that put an item beside what is stored under its id."""

import ast
from collections.abc import Container, Iterator

from .flow import mentions, words_in
from .inserted_rows import given_row, is_row, is_sqlalchemy_insert, is_values_of_insert
from .item_names import is_made_of, names_of
from .kept_lists import is_kept, is_longer
from .module import Function, Module, within

_CREATES = frozenset({
    "create", "acreate", "bulk_create", "abulk_create", "insert_one", "insert_many", "create_item",
    "rpush", "lpush", "add_all", "create_entity",
})  # fmt: skip


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
                if args and is_made_of(args[-1], names) and is_kept(module, function, place):
                    yield node
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()], value=value):
                if is_longer(value, names):
                    yield node
            case ast.AugAssign(target=ast.Subscript() | ast.Attribute(), value=ast.List() as value):
                if any(is_made_of(each, names) for each in value.elts):
                    yield node
            case ast.Call(func=ast.Attribute(attr="add"), args=[row]):
                if is_row(module, row) and mentions(row, names | given_row(module, row)):
                    yield node
            case ast.Call(func=ast.Attribute(attr=name)) if name in _CREATES:
                given = [*node.args, *(k.value for k in node.keywords)]
                if any(mentions(each, names) for each in given):
                    yield node
            case ast.Call(func=func) if is_sqlalchemy_insert(module, func):
                if not any("thread" in words_in(each).lower() for each in node.args[:1]):
                    yield node
            case ast.Call(func=ast.Attribute(attr="values"), args=args, keywords=keywords):
                if is_values_of_insert(node.func) and any(
                    mentions(each, names) for each in (*args, *(k.value for k in keywords))
                ):
                    yield node
            case _:
                continue
