"""What an object that the project makes holds in an attribute or under a key."""

import ast
from collections.abc import Iterator

from .dependencies import dependency
from .frames import Frame
from .module import within


def fields(frame: Frame, node: ast.expr, key: str, left: int) -> Iterator[tuple[Frame, ast.expr]]:
    """Yield what a thing that the project makes holds under a key or in an attribute."""
    if not left or frame.depth > 4:
        return
    left -= 1
    match node:
        case ast.Await(value=value):
            yield from fields(frame, value, key, left)
        case ast.Name(id="self"):
            owner = frame.owner()
            begun = owner.method("__init__") if owner is not None else None
            if begun is not None and begun[0] is not frame.function:
                inner = Frame(frame.project, begun[1].module, begun[0], {}, frame)
                yield from _kept(inner, key)
            yield from _kept(frame, key)
        case ast.Name():
            found = frame.parameter(node)
            if found is not None and node.id in frame.given:
                other, value = frame.given[node.id]
                yield from fields(other, value, key, left)
            elif found is not None:
                target = dependency(frame, *found)
                if target is not None:
                    yield from fields(frame, frame.unwritten(target), key, left)
            for value in frame.values(node):
                yield from fields(frame, value, key, left)
        case ast.Dict(keys=keys, values=values):
            for name, value in zip(keys, values, strict=True):
                if isinstance(name, ast.Constant) and name.value == key:
                    yield frame, value
        case ast.Call():
            made = frame.make(node)
            for keyword in node.keywords:
                if keyword.arg == key:
                    yield frame, keyword.value
            if made is not None and made[1] is not None:
                yield from _kept(made[1], key)
                return
            inner = frame.enter(node)
            for value in inner.answers() if inner is not None else ():
                yield from fields(inner or frame, value, key, left)
        case _:
            return


def _kept(frame: Frame, key: str) -> Iterator[tuple[Frame, ast.expr]]:
    """Yield what a method gives an attribute of its object."""
    for node in within(frame.function, ast.Assign) if frame.function is not None else ():
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value
            ) if attr == key:
                yield frame, value
            case _:
                continue
