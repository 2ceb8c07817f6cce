"""What is assigned to a name in a function or a module, and what is added to a list."""

import ast
from collections.abc import Iterator

from .module import Function, Module, within


def assigned(module: Module, function: Function | None, name: str) -> Iterator[ast.expr]:
    """Yield what is assigned or added to a name in the function, else in the module."""
    found = False
    kinds = (ast.Assign, ast.AnnAssign, ast.AugAssign)
    for node in within(function, *kinds) if function is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                found = True
                yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
                if target == name:
                    found = True
                    yield value
            case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case _:
                continue
    if found:
        return
    yield from module.assigned.get(name, ())


def listed_in(module: Module, function: Function | None, name: str) -> Iterator[ast.expr]:
    """Yield what a list in a function holds from the start, and what is added to it."""
    for value in assigned(module, function, name):
        match value:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                yield from elements
            case ast.ListComp(elt=element):
                yield element
            case _:
                continue
    for node in within(function, ast.Call) if function is not None else ():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="append"), args=[element]
            ) if owner == name:
                yield element
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="insert"), args=[_, element]
            ) if owner == name:
                yield element
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="extend"),
                args=[ast.List(elts=elements) | ast.Tuple(elts=elements)],
            ) if owner == name:
                yield from elements
            case _:
                continue
