"""Methods of a store that do what is written in them, and ask nobody else before."""

import ast
import builtins

from .annotations import all_parameters
from .calls import callees
from .classes import Class
from .flow import mentions
from .known_calls import READABLE, is_of_library
from .module import Function, Module, within
from .names import last_name
from .stores import is_closed, reached
from .values import class_around

_BUILT_IN = frozenset({"staticmethod", "classmethod", "property"})
_RUNS = frozenset({"to_thread", "run_sync", "run_in_executor"})


def plain_parts(store: Class, name: str) -> list[tuple[Function, Module]] | None:
    """Return a method and what it calls, None where something else may run before or within."""
    method = store.method(name)
    if method is None or not is_closed(store, method[0]):
        return None
    if any(_is_wrapped(each.module, each.node) for each in store.lineage):
        return None
    parts = reached(store, method[0])
    unseen = any(_is_wrapped(home, part) or _asks(store, home, part) for part, home in parts)
    return None if unseen else parts


def _is_wrapped(module: Module, node: Function | ast.ClassDef) -> bool:
    """Say whether a decorator may do something first, which no library is known for."""
    return any(
        not is_of_library(module, each)
        and not (isinstance(each, ast.Name) and each.id in _BUILT_IN)
        for each in node.decorator_list
    )


def _asks(store: Class, module: Module, part: Function) -> bool:
    """Say whether a function gives what it was given to somebody who cannot be seen."""
    given = {each.arg for each in all_parameters(part.args)}
    for node in within(part, ast.Call, ast.Compare):
        match node:
            case ast.Call():
                if _is_unseen(store, module, node, given):
                    return True
            case ast.Compare(
                left=left,
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.Attribute(value=ast.Name(id="self"))],
            ):
                if mentions(left, given):
                    return True  # who may be asked about is kept elsewhere
            case _:
                continue
    return False


def _is_unseen(store: Class, module: Module, node: ast.Call, given: set[str]) -> bool:
    arguments = [*node.args, *(word.value for word in node.keywords)]
    match node.func:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            if not arguments or store.method(name) is not None:
                return False
            own = class_around(store.project, module, node)
            return own is None or own.method(name) is None
        case ast.Subscript(value=called) | called:
            if not any(isinstance(each, ast.Name) and each.id in given for each in arguments):
                return False
    name = last_name(called)
    if name in _RUNS:
        return not callees(store, None, module, node)
    if name in READABLE or name[:1].isupper() or hasattr(builtins, name):
        return False
    return not is_of_library(module, called) and not callees(store, None, module, node)
