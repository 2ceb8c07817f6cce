"""What deleting a thread hands on to others, and what goes with it because it lies inside."""

import ast
import re
from collections.abc import Iterator

from .binders import value_of
from .calls import class_of
from .classes import Class
from .flow import words_in
from .module import Function, Module, within

Parts = list[tuple[Function, Module]]
_PROCEDURE = re.compile(
    r"\s*(?:(?:call|exec|execute)\s+[\w.\"]+\s*\(?"
    r"|select\s+(?!pg_|set_config|current_|count|exists|coalesce|now\b)[\w.\"]+\s*\((?!.*\bfrom\b))",
    re.I | re.S,
)
# Methods that run what is kept elsewhere.
_RUNS = frozenset({"callproc", "rpc", "evalsha", "fcall", "execute_stored_procedure"})
_DOCUMENTS = frozenset({
    "update_one", "replace_one", "find_one_and_update", "find_one_and_replace",
})  # fmt: skip


def hands_on(store: Class, function: Function, parts: Parts) -> bool:
    """Say whether something that cannot be seen deletes: a wrapped store, a procedure, a script."""
    given = {argument.arg for argument in function.args.args[1:2]}
    for part, module in parts:
        for node in within(part, ast.Call, ast.Constant):
            match node:
                case ast.Constant(value=str(text)) if _PROCEDURE.match(text):
                    return True
                case ast.Call(func=ast.Attribute(attr=name)) if name in _RUNS:
                    return True
                case ast.Call(func=ast.Attribute(value=other, attr=name)) if name == function.name:
                    if _is_other(store, module, other):
                        return True
                case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                    if store.method(name) is None and _is_done_with(module, node, given):
                        return True
                case _:
                    continue
    return False


def _is_other(store: Class, module: Module, value: ast.expr) -> bool:
    if isinstance(value, ast.Name) and value.id in {"self", "cls"}:
        return False
    known = class_of(store, module, value)
    return known is None or known.is_store


def _is_done_with(module: Module, node: ast.Call, given: set[str]) -> bool:
    """Say whether a call is a statement of its own that is given the thread."""
    parent = module.parents.get(node)
    parent = module.parents.get(parent) if isinstance(parent, ast.Await) else parent
    names = {each.id for each in within(node, ast.Name) if isinstance(each, ast.Name)}
    return isinstance(parent, ast.Expr) and bool(names & given)


def lie_inside(adding: Parts, deleting: Parts) -> bool:
    """Say whether items are put into what is removed: a record, a document, a hash of the thread.

    Only for items that have no place of their own.
    """
    gone = {each for part, module in deleting for each in _removed(module, part)}
    return bool(gone) and any(
        each in gone for part, module in adding for each in _open(module, part)
    )


def _removed(module: Module, function: Function) -> Iterator[str]:
    """Yield what an entry is removed from, and the keys that are deleted."""
    for node in within(function, ast.Call, ast.Delete):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[_, *_]):
                yield _base(module, value)
            case ast.Call(func=ast.Attribute(value=value, attr="delete_one")):
                yield _base(module, value)
            case ast.Call(func=ast.Attribute(attr="delete" | "unlink"), args=[_, *_] as keys):
                yield from (f"key {_said(module, key)}" for key in keys)
            case ast.Delete(targets=[ast.Subscript(value=value)]):
                yield _base(module, value)
            case _:
                continue


def _open(module: Module, function: Function) -> Iterator[str]:
    """Yield what a thread's record is taken from, and the keys that an item is stored under."""
    for node in within(function, ast.Call, ast.Subscript):
        match node:
            case ast.Subscript(value=value):
                yield _base(module, value)
            case ast.Call(func=ast.Attribute(value=value, attr="get" | "setdefault")):
                yield _base(module, value)
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=[found, *_]) if (
                name in _DOCUMENTS
            ):
                # What is found by the item's id is a document of the item's own.
                if not _is_of_item(module, found):
                    yield _base(module, value)
            case ast.Call(func=ast.Attribute(), args=[key, *rest]) if not _is_of_item(module, key):
                others = [*rest, *(keyword.value for keyword in node.keywords)]
                if any("item" in words_in(each).lower() for each in others):
                    yield f"key {_said(module, key)}"
            case _:
                continue


def _is_of_item(module: Module, value: ast.expr) -> bool:
    meant = value_of(module, value) if isinstance(value, ast.Name) else None
    return re.search(r"\bitem\b", words_in(meant or value).lower()) is not None


def _base(module: Module, value: ast.expr) -> str:
    """Return the text of what holds the entries: "self.boxes" of `self.boxes.get(owner, {})`."""
    for _ in range(6):
        match value:
            case ast.Subscript(value=inner):
                value = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="get" | "setdefault")):
                value = inner
            case ast.Call(func=func):
                value = func
            case ast.Name():
                value = value_of(module, value) or value
                value = value.value if isinstance(value, ast.Await) else value
            case _:
                break
    return _text(module, value)


def _text(module: Module, value: ast.expr, left: int = 6) -> str:
    """Return a chain of attributes by what its first name was given; "" for other expressions."""
    match value:
        case ast.Attribute(value=inner, attr=attr):
            before = _text(module, inner, left)
            return before and f"{before}.{attr}"
        case ast.Call(func=ast.Attribute(value=inner, attr="get" | "setdefault")):
            return _text(module, inner, left)
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return _text(module, inner, left)
        case ast.Name(id=name):
            meant = value_of(module, value) if left else None
            return name if meant is None else _text(module, meant, left - 1) or name
        case _:
            return ""


def _said(module: Module, key: ast.expr) -> str:
    """Return the text of a key, by the value of the name that it has."""
    meant = value_of(module, key) if isinstance(key, ast.Name) else None
    return module.code(meant or key)
