"""Where a context says who is asking, however the context is put together."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .classes import Class
from .dependencies import dependency
from .frames import Frame
from .module import Function, within
from .names import last_name
from .people import is_actor, is_called, may_be_acted_for
from .request_state import placed


@dataclass(frozen=True, slots=True)
class Slot:
    """Hold one place of a context: its name, "" for the context itself, and what it is given.

    `of` is the class of the context, "" where it has none of its own.
    """

    key: str
    frame: Frame
    value: ast.expr
    of: str = ""

    @property
    def is_who(self) -> bool:
        """Say whether the place names the one who asks: also `Cook(id=)` and `Cook(cook_id=)`."""
        return not self.key or is_called(self.key, self.of)

    @property
    def is_actor(self) -> bool:
        """Say whether the place is for somebody who acts, and not for whom he acts."""
        return is_actor(self.key, self.of)

    @property
    def may_be_acted_for(self) -> bool:
        """Say whether the place may be for somebody that another looks after: a patient, say."""
        return may_be_acted_for(self.key)


def slots(frame: Frame, node: ast.expr, left: int = 8) -> Iterator[Slot]:
    """Yield the places of a context, wherever it is made and whoever fills it later."""
    if not left or frame.depth > 4:
        return
    left -= 1
    match node:
        case ast.Await(value=value) | ast.NamedExpr(value=value):
            yield from slots(frame, value, left)
        case ast.IfExp(body=body, orelse=orelse):
            yield from slots(frame, body, left)
            yield from slots(frame, orelse, left)
        case ast.BoolOp(values=values):
            for each in values:
                yield from slots(frame, each, left)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if key is None:
                    yield from slots(frame, value, left)
                elif isinstance(key, ast.Constant):
                    yield Slot(str(key.value), frame, value)
        case ast.BinOp(left=one, op=ast.BitOr(), right=other):
            yield from slots(frame, one, left)
            yield from slots(frame, other, left)
        case ast.Name():
            yield from _named(frame, node, left)
        case ast.Call():
            yield from _made(frame, node, left)
        case ast.Attribute(attr=key) | ast.Subscript(slice=ast.Constant(value=str(key))):
            found = False
            for place, value in placed(frame, key):
                found = True
                yield from slots(place, value, left)
            if not found:
                yield Slot("", frame, node)
        case _:
            yield Slot("", frame, node)


def _named(frame: Frame, node: ast.Name, left: int) -> Iterator[Slot]:
    found = frame.parameter(node)
    if found is not None and node.id in frame.given:
        yield from slots(*frame.given[node.id], left)
    elif found is not None:
        target = dependency(frame, *found)
        inner = frame.depends(target) if target is not None else None
        for value in inner.answers() if inner is not None else ():
            yield from slots(inner or frame, value, left)
        if target is None:
            yield Slot("", frame, node)
        elif inner is None:
            yield from _made(frame, frame.unwritten(target), left)
    for value in frame.values(node):
        if not (isinstance(value, ast.Name) and value.id == node.id):
            yield from slots(frame, value, left)
    if frame.function is not None:
        yield from _later(frame, frame.function, node.id, left)


def _later(frame: Frame, function: Function, name: str, left: int) -> Iterator[Slot]:
    """Yield what is put into a context after it was made."""
    for node in within(function, ast.Assign, ast.Call):
        match node:
            case ast.Assign(
                targets=[
                    ast.Attribute(value=ast.Name(id=same), attr=key)
                    | ast.Subscript(value=ast.Name(id=same), slice=ast.Constant(value=str(key)))
                ],
                value=value,
            ) if same == name:
                yield Slot(key, frame, value)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=same), attr="update"), args=args, keywords=more
            ) if same == name:
                for value in args:
                    yield from slots(frame, value, left)
                for keyword in more:
                    if keyword.arg is not None:
                        yield Slot(keyword.arg, frame, keyword.value)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=same), attr="setdefault"),
                args=[ast.Constant(value=str(key)), value],
            ) if same == name:
                yield Slot(key, frame, value)
            case _:
                continue


def _made(frame: Frame, node: ast.Call, left: int) -> Iterator[Slot]:
    """Yield the places of what a call makes: a class's fields, or what a function returns."""
    made = frame.make(node)
    inner = frame.enter(node) if made is None else None
    if inner is not None:
        for value in inner.answers():
            yield from slots(inner, value, left)
        return
    word = last_name(node.func)
    if word == "cast" and len(node.args) > 1:
        yield from slots(frame, node.args[1], left)
        return
    if word in {"model_validate", "parse_obj", "dict", "copy", "model_copy"} and node.args:
        yield from slots(frame, node.args[0], left)
        return
    names = _fields(made[0], made[1]) if made is not None else []
    of = made[0].name if made is not None else word if word[:1].isupper() else ""
    for name, value in zip(names, node.args, strict=False):
        yield Slot(name, frame, value, of)
    for keyword in node.keywords:
        if keyword.arg is None:
            yield from slots(frame, keyword.value, left)
        else:
            yield Slot(keyword.arg, frame, keyword.value, of)
    if made is not None and made[1] is not None:
        for each in within(made[1].function or node, ast.Assign):
            match each:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=key)], value=value
                ):
                    yield Slot(key, made[1], value, of)
                case _:
                    continue
    elif made is None and not node.keywords:
        yield Slot("", frame, node)


def _fields(made: Class, begun: Frame | None) -> list[str]:
    """Return what a class is given by position."""
    if begun is not None and begun.function is not None:
        return []  # followed through what `__init__` assigns
    return [
        statement.target.id
        for each in reversed(made.lineage)
        for statement in each.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]
