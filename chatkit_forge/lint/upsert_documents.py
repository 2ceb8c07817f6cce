"""Documents that are made or replace what has the same key, in Redis, MongoDB and others."""

import ast
from collections.abc import Iterator, Sequence

from .binders import value_of
from .calls import Given, callees
from .classes import Class
from .flow import words_in
from .module import Function, Module, within
from .owner_sql import OWNER
from .ownership import Ownership
from .tables import is_id
from .upsert import Upsert, keyed
from .values import given_values

DOCUMENT_WRITES = frozenset({
    "replace_one", "update_one", "find_one_and_replace", "find_one_and_update", "hset", "set",
    "upsert_item", "put_item",
})  # fmt: skip
_PARTITIONS = frozenset({"pk", "_pk", "partition_key", "partitionkey"})
_GIVEN = frozenset({"thread_id", "item_id", "attachment_id"})


def documents(store: Class, module: Module, node: ast.Call, flow: Ownership) -> Iterator[Upsert]:
    """Yield the write of a document that a call is, or makes through a helper."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    match name, node.args:
        case (
            ("replace_one" | "update_one" | "find_one_and_replace" | "find_one_and_update"),
            [key, *rest],
        ):
            if _is_told_to(node):
                yield from _filtered(module, node, key, rest, flow)
        case "hset", [key, *rest]:
            mapped = [k.value for k in node.keywords if k.arg in {"mapping", "value"}]
            value = (rest[-1:] or mapped)[:1]
            if value:
                yield keyed(node, [node.func, key, *rest[:-1]], value[0], flow)
        case "set", [key, value, *_]:
            yield keyed(node, [node.func, key], value, flow)
        case "set", [value] if _is_document(node.func):
            yield keyed(node, [node.func], value, flow)
        case "upsert_item", [document, *_]:
            by_id = _is_parted_by_id(module, node.func)
            if by_id or _is_partitioned(module, "partition_key") is False:
                yield from _by_id(module, node, document, flow)
        case "put_item", []:
            options = {k.arg: k.value for k in node.keywords}
            document = options.get("Item")
            is_open = "ConditionExpression" not in options
            if document is not None and is_open and _is_partitioned(module, "Key") is False:
                yield from _by_id(module, node, document, flow)
        case _ if within(node, ast.Dict):  # the filter that a helper is given
            for each in callees(store, store, module, node):
                yield from _through(module, node, each.function, each.given, flow)
        case _:
            return


def _through(
    module: Module,
    node: ast.Call,
    function: Function,
    handed: Sequence[Given],
    flow: Ownership,
) -> Iterator[Upsert]:
    """Yield the write of a helper that upserts by the filter it is given."""
    for call in within(function, ast.Call):
        match call:
            case ast.Call(
                func=ast.Attribute(attr="replace_one" | "update_one" | "find_one_and_update"),
                args=[ast.Name(id=name), *_],
            ) if _is_told_to(call):
                for parameter, value in handed:
                    if parameter == name and isinstance(value, ast.Dict):
                        yield from _filtered(module, node, value, node.args, flow)
            case _:
                continue


def _filtered(
    module: Module, node: ast.Call, key: ast.expr, rest: list[ast.expr], flow: Ownership
) -> Iterator[Upsert]:
    """Yield a document that is made or replaced by its id alone, as in MongoDB."""
    if isinstance(key, ast.Name):
        key = value_of(module, key) or key
    if not isinstance(key, ast.Dict):
        return
    names = [str(k.value) if isinstance(k, ast.Constant) else "?" for k in key.keys]
    if len(names) == 1 and is_id(names[0]) and flow.ids_in(key.values[0]):
        owned = flow.is_owned(key) or _is_put_together(key.values[0])
        yield Upsert(node, not owned and not flow.is_owned(node.func), frozenset(flow.ids_in(key)))


def _is_put_together(value: ast.expr) -> bool:
    """Say whether an id is one of several parts, or comes from a function that may add some."""
    return not isinstance(value, (ast.Attribute, ast.Name))


def _by_id(module: Module, node: ast.Call, document: ast.expr, flow: Ownership) -> Iterator[Upsert]:
    """Yield a document of which its id alone is the key."""
    if isinstance(document, ast.Name):
        document = value_of(module, document) or document
    if not isinstance(document, ast.Dict):
        return
    given = {
        key.value: value
        for key, value in zip(document.keys, document.values, strict=True)
        if isinstance(key, ast.Constant)
    }
    # Documents of the same id in partitions of several owners are not the same.
    if any(str(key).lower() in _PARTITIONS and flow.is_owned(given[key]) for key in given):
        return
    for key, value in given.items():
        if key in {"id", "pk", "PK", "Id"}:
            yield keyed(node, [value], document, flow)


def _is_partitioned(module: Module, argument: str) -> bool | None:
    """Say whether what is read is asked for by its owner's partition; None when nothing is."""
    found = [k.value for k in module.nodes(ast.keyword) if k.arg == argument]
    if "PartitionKey" in module.text or not found:
        return None
    meant = [_meant(module, value) for value in found]
    if None in meant:
        return None
    words = " ".join(words_in(value) for value in meant if value is not None).lower()
    return "context" in words or OWNER.search(words) is not None


def _meant(module: Module, value: ast.expr) -> ast.expr | None:
    """Return what a key was made from, the parameter that it is, or None for unseen."""
    if not isinstance(value, ast.Name):
        return value
    given = given_values(module, value)
    return value if given == [None] else value_of(module, value)


def _is_parted_by_id(module: Module, written: ast.expr) -> bool:
    """Say whether a container of Cosmos DB is always read by an id as its partition."""
    if not isinstance(written, ast.Attribute) or not isinstance(written.value, ast.Attribute):
        return False
    if "PartitionKey" in module.text:
        return False
    place = module.code(written.value)
    found = [
        keyword.value
        for node in module.nodes(ast.Call)
        if isinstance(node.func, ast.Attribute) and module.code(node.func.value) == place
        for keyword in node.keywords
        if keyword.arg == "partition_key"
    ]
    return bool(found) and all(_is_plain_id(module, each) for each in found)


def _is_plain_id(module: Module, value: ast.expr) -> bool:
    """Say whether a value is an id of ChatKit's as the function was given it."""
    function = module.function_of(value)
    if function is None or not isinstance(value, ast.Name) or value.id not in _GIVEN:
        return False
    about = function.args
    names = {each.arg for each in (*about.posonlyargs, *about.args, *about.kwonlyargs)}
    return value.id in names and given_values(module, value) == [None]


def _is_document(func: ast.expr) -> bool:
    """Say whether this is `collection.document(id)`, as of Firestore."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "document"
        for each in within(func, ast.Call)
    )


def _is_told_to(call: ast.Call) -> bool:
    return any(
        k.arg == "upsert" and isinstance(k.value, ast.Constant) and bool(k.value.value)
        for k in call.keywords
    )
