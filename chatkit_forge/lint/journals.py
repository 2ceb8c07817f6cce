"""Items that are kept as a journal: rows of one id follow each other, and the last one counts."""

import ast
import re

from .classes import Class
from .module import Function, Module, within
from .names import last_name
from .orm_rows import CREATES
from .sql import queries
from .stores import reached
from .tables import Table, row_class, tables

Parts = list[tuple[Function, Module]]
# What a statement says that reads only the newest row of each of something, and of what.
_EACH = re.compile(
    r"(?:distinct on ?\(|partition by|group by|limit 1 by)(?P<columns>[\w\s.,\"`{}]+)"
)
_SAME = re.compile(r"max\(.* (?:\w+\.)?(?P<columns>\w+) = \w+\.(?P=columns)\b")
_ENDS = re.compile(r" (?:order|having|limit|offset|union)\b")
_KEEPERS = re.compile(r"thread|chat|conversation|session|owner|user|tenant|account")
_INSERTED = re.compile(
    r"insert into [\"'`]?(?:\w+\.)?(?P<table>\w+)[\"'`]? ?\((?P<columns>[^()]*)\)"
)
# What is the item's own, where alone it is unique.
_ITEMS = frozenset({"id", "_id", "item_id", "message_id"})
_MAKES = frozenset({"insert_one", "create_item", "put_item", "add"}) | CREATES


def is_journal(store: Class, adding: Parts) -> bool:
    """Say whether an item may be put in anew each time: nothing forbids it, and reading tells.

    `adding` are the method that adds an item, and what of the project it calls.
    """
    page = store.method("load_thread_items")
    if page is None:
        return False
    reading = reached(store, page[0])
    if any(_reads_newest(part, module) for part, module in reading):
        return not any(_may_conflict(store, *each, unseen=False) for each in adding)
    return any(_folds(part) for part, _ in reading) and not any(
        _may_conflict(store, *each, unseen=True) for each in adding
    )


def _reads_newest(function: Function, module: Module) -> bool:
    """Say whether a statement reads one row of each item, and not of a thread or of all."""
    for query in queries(module, function):
        for found in (*_EACH.finditer(query.flat), *_SAME.finditer(query.flat)):
            columns = _ENDS.split(found["columns"])[0].split(",")
            if any(_KEEPERS.search(each) is None for each in columns):
                return True
    return False


def _folds(function: Function) -> bool:
    """Say whether what is read is put under keys that are read with it: `living[row["id"]] = row`.

    A later one takes the place of an earlier one.
    """
    for node in within(function, ast.Assign, ast.DictComp):
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=key)]) | ast.DictComp(key=key):
                if isinstance(key, (ast.Name, ast.Attribute, ast.Subscript)):
                    return True
            case _:
                continue
    return False


def _may_conflict(store: Class, function: Function, module: Module, *, unseen: bool) -> bool:
    """Say whether a function inserts what is unique by the item's id; `unseen` where none knows."""
    for query in queries(module, function):
        found = _INSERTED.match(query.flat)
        if query.verb == "INSERT" and found is None and unseen:
            return True
        if found is not None:
            known = tables(store.project, module).by_name.get(found["table"])
            given = {each.strip(" \"'`") for each in found["columns"].split(",")}
            if _is_unique(known, given, unseen=unseen):
                return True
    for node in within(function, ast.Call):
        match node:
            case ast.Call(func=ast.Name(), keywords=[_, *_]):
                model = store.project.find_class(module.names.resolve(node.func) or "", module)
                known = row_class(model) if model is not None else None
                given = {k.arg or "" for k in node.keywords}
                if known is not None and _is_unique(known, given, unseen=unseen):
                    return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in _MAKES and unseen:
                if _has_items_id(node):
                    return True
            case _:
                continue
    return unseen and "unique=True" in module.text


def _is_unique(table: Table | None, given: set[str], *, unseen: bool) -> bool:
    """Say whether columns that are given have to be unique, and are not made for the row alone."""
    if table is None or not table.uniques:
        return unseen
    if unseen:
        return any(
            given.issuperset(columns) and (len(columns) > 1 or not _ITEMS.isdisjoint(columns))
            for columns in table.uniques
        )
    # (id, version) is another one each time.
    return any(
        given.issuperset(columns)
        and not _ITEMS.isdisjoint(columns)
        and all(each in _ITEMS or _KEEPERS.search(each) for each in columns)
        for columns in table.uniques
    )


def _has_items_id(call: ast.Call) -> bool:
    """Say whether a document or a row gets the id of the item, or what it gets cannot be seen."""
    ids = [each.value for each in call.keywords if each.arg in {"id", "_id"}]
    for node in within(call, ast.Dict):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in {"id", "_id"}:
                    ids.append(value)
    if not ids:
        # MongoDB gives an id to what has none.
        return not within(call, ast.Dict) or last_name(call.func) != "insert_one"
    return any(not within(value, ast.Call) and not isinstance(value, ast.Call) for value in ids)
