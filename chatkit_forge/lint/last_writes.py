"""Times of a document's last write, which Cosmos DB keeps as `_ts`."""

import ast
import re
from collections.abc import Iterator

from ..sdk_facts import SdkFacts
from .binders import value_of
from .classes import Class
from .module import Function, Module, within
from .names import last_name
from .sdk_names import model, models
from .stores import reached

_SAVES = ("save_thread", "add_thread_item", "save_item")
_READS = frozenset({"read_item", "query_items", "read_all_items"})
_WRITES = frozenset({"upsert_item", "replace_item", "patch_item"})
_PARSES = frozenset({
    "validate_json", "validate_python", "model_validate", "model_validate_json", "model_copy",
})  # fmt: skip
_CREATED = re.compile(r"\w*creat\w*", re.I)
Place = tuple[Function, Module]


def of_last_write(
    sdk: SdkFacts, store: Class, parts: list[Place]
) -> Iterator[tuple[ast.AST, Module]]:
    """Yield where a loaded thread or item gets the time at which its document was last written.

    `parts` are the method that loads it and what that calls. What is never written again keeps
    the time at which it was made.
    """
    modules = {module for _, module in parts}
    cosmos = {module for module in modules if "azure.cosmos" in module.text}
    if not any(map(_times, cosmos)):
        return
    parts = [(part, module) for part, module in parts if module in cosmos]
    read = set(_containers(parts, _READS))
    written: set[str] = set()
    for name in _SAVES:
        saving = store.method(name)
        written |= set(_containers(reached(store, saving[0]), _WRITES) if saving else ())
    if not read or not read <= written:
        return
    for part, module in parts:
        if not _falls_back(part):
            yield from ((node, module) for node in _set(sdk, module, part))


def _times(module: Module) -> bool:
    return "_ts" in module.text and "created_at" in module.text


def _containers(parts: list[Place], methods: frozenset[str]) -> Iterator[str]:
    """Yield the containers whose methods of these names are called."""
    for part, module in parts:
        for node in within(part, ast.Call):
            match node:
                case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in methods:
                    meant = value_of(module, value) if isinstance(value, ast.Name) else value
                    yield module.code(meant or value)
                case _:
                    continue


def _falls_back(part: Function) -> bool:
    """Say whether a function knows of another time, which the last write only stands in for."""
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _CREATED.fullmatch(node.value) is not None
        for node in within(part, ast.Constant)
    )


def _set(sdk: SdkFacts, module: Module, part: Function) -> list[ast.AST]:
    """Return where a function sets `created_at` so, whatever the document holds."""
    found: list[tuple[ast.AST, ast.expr]] = [
        (keyword, keyword.value)
        for made, _ in models(sdk, module, part)
        for keyword in made.keywords
        if keyword.arg == "created_at"
    ]
    for node in within(part, ast.Assign):
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name() as loaded, attr="created_at")], value=value
            ) if _is_loaded(sdk, module, loaded):
                found.append((node, value))
            case _:
                continue
    sure = all(_is_last_write(value) for _, value in found)
    return [node for node, _ in found if not _is_chosen(module, part, node)] if sure else []


def _is_chosen(module: Module, part: Function, node: ast.AST) -> bool:
    """Say whether a node runs only where something is found out about the document."""
    for each in module.ancestors(node):
        if each is part:
            return False
        if isinstance(each, (ast.If, ast.IfExp, ast.ExceptHandler, ast.Match)):
            return True
    return True


def _is_loaded(sdk: SdkFacts, module: Module, name: ast.Name) -> bool:
    """Say whether a name holds what the SDK's types were read from, or made of."""
    value = value_of(module, name)
    return isinstance(value, ast.Call) and (
        last_name(value.func) in _PARSES or model(sdk, module, value) is not None
    )


def _is_last_write(value: ast.expr) -> bool:
    """Say whether an expression is made of `_ts` and of no other field."""
    inner = (value, *within(value))
    if any(isinstance(each, (ast.IfExp, ast.BoolOp)) for each in inner):
        return False
    keys: set[object] = set()
    for each in inner:
        match each:
            case ast.Subscript(slice=ast.Constant(value=key)):
                keys.add(key)
            case ast.Call(
                func=ast.Attribute(attr="get" | "pop"), args=[ast.Constant(value=key), *_]
            ):
                keys.add(key)
            case _:
                continue
    return keys == {"_ts"}
