"""What is assigned to a name in a function or a module, and what is added to a list."""

import ast
from collections.abc import Iterator

from .module import Function, Module, within

# The values in order, and whether one of them begins anew.
_Given = tuple[list[ast.expr], bool]


def assigned(module: Module, function: Function | None, name: str) -> Iterator[ast.expr]:
    """Yield what is assigned or added to a name in the function, else in the module."""
    if function is not None:
        key = ("assigned", function)
        if key not in module.known:
            module.known[key] = _assigned(function)
        values, begins = module.known[key].get(name, ((), False))
        yield from values
        if begins:
            return
    yield from module.assigned.get(name, ())


def _assigned(function: Function) -> dict[str, _Given]:
    """Return what each name is given in a function; what is only added to it begins nothing."""
    found: dict[str, _Given] = {}
    for node in within(function, ast.Assign, ast.AnnAssign, ast.AugAssign):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.AugAssign(target=ast.Name(id=name), value=value)
            ):
                values, begins = found.get(name, ([], False))
                begins = begins or not isinstance(node, ast.AugAssign)
                found[name] = ([*values, value], begins)
            case _:
                continue
    return found


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
