"""Maps from a provider's ids to new ones, and how long an id stays in them."""

import ast
from collections.abc import Iterator

from .module import Function, Module, within


def filled_on_first_sight(module: Module, function: Function) -> Iterator[ast.AST]:
    """Yield where an id is mapped when it is first seen, and never leaves the map again."""
    for node in within(function, ast.If, ast.Call):
        match node:
            case ast.If(
                test=ast.Compare(left=left, ops=[ast.NotIn()], comparators=[mapping]),
                body=body,
            ):
                held = _held(mapping)
                if held is None or not _is_item_id(left, body, held):
                    continue
                if _fills(body, held) and not _forgets(module, function, held):
                    yield node
            case ast.Call(func=ast.Attribute(value=mapping, attr="setdefault"), args=[key, _]):
                held = _held(mapping)
                if held is None or not _is_item_id(key, [], held):
                    continue
                if not _forgets(module, function, held):
                    yield node
            case _:
                continue


def gives_others(function: Function) -> bool:
    """Say whether a function gives items other ids, or hands its events to something that may."""
    for node in within(function):
        match node:
            case ast.Attribute(attr="id" | "item_id", ctx=ast.Store()):
                return True
            case ast.Call(
                func=ast.Attribute(attr="model_copy" | "generate_id" | "generate_item_id")
            ):
                return True
            case ast.Call(args=[*_, ast.Name(id="event")]):
                return True
            case _:
                continue
    return False


def makes_id(value: ast.expr) -> bool:
    """Say whether an expression makes an id."""
    words = ("uuid", "token_hex", "token_urlsafe", "generate_id", "generate_item_id", "new_id")
    return any(
        (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")).startswith(
            words
        )
        for node in within(value, ast.Attribute, ast.Name)
    )


def _held(mapping: ast.expr) -> str | None:
    """Return the name of a map: of a variable, or ".ids" of an attribute of `self`."""
    match mapping:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return f".{name}"
        case _:
            return None


def _is_item_id(node: ast.expr, body: list[ast.stmt], mapping: str) -> bool:
    """Say whether a key is an item's id, by its name or by what the map holds for it."""
    match node:
        case ast.Attribute(attr="id") | ast.Attribute(attr="item_id"):
            return True
        case ast.Name(id=name):
            made = any(
                isinstance(line, ast.Assign)
                and isinstance(line.targets[0], ast.Subscript)
                and _held(line.targets[0].value) == mapping
                and makes_id(line.value)
                for line in body
            )
            return name.endswith("id") or made
        case _:
            return False


def _fills(body: list[ast.stmt], mapping: str) -> bool:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Subscript(value=held)]) if _held(held) == mapping:
                return True
            case _:
                continue
    return False


def _forgets(module: Module, function: Function, mapping: str) -> bool:
    """Say whether ids leave the map, as they do when an item is done."""
    region: ast.AST = function
    if mapping.startswith("."):
        region = module.class_of(function) or function
    elif (outer := module.function_of(function)) is not None:
        region = outer
    for node in within(region, ast.Call, ast.Delete):
        match node:
            case ast.Call(func=ast.Attribute(value=held, attr="pop" | "clear")):
                if _held(held) == mapping:
                    return True
            case ast.Delete(targets=[ast.Subscript(value=held)]) if _held(held) == mapping:
                return True
            case _:
                continue
    return False
