"""What an expression repeats of what a client wrote as it liked, however it came there."""

import ast
from collections.abc import Iterator

from .claim import Claim, claim_at
from .dependencies import dependency
from .filled_parameters import is_scalar, told
from .frames import Frame
from .held_fields import fields
from .names import last_name
from .repeats import PARTS, SAME
from .request_state import is_state, is_variable, placed, set_in
from .routes import part_of_address


def claims(frame: Frame, node: ast.expr | None, left: int = 24) -> Iterator[Claim]:
    """Yield what an expression repeats of what the client wrote."""
    if node is None or not left or frame.depth > 4:
        return
    left -= 1
    read = claim_at(frame, node, left)
    if read is not None:
        yield read
        if isinstance(node, ast.Call):
            for default in node.args[1:2]:
                yield from claims(frame, default, left)
        return
    match node:
        case ast.Await(value=value) | ast.NamedExpr(value=value) | ast.FormattedValue(value=value):
            yield from claims(frame, value, left)
        case ast.BoolOp(values=values) | ast.JoinedStr(values=values):
            for each in values:
                yield from claims(frame, each, left)
        case ast.IfExp(body=body, orelse=orelse):
            yield from claims(frame, body, left)
            yield from claims(frame, orelse, left)
        case ast.BinOp(left=one, right=other):
            yield from claims(frame, one, left)
            yield from claims(frame, other, left)
        case ast.Name():
            yield from _named(frame, node, left)
        case ast.Subscript(value=value) | ast.Attribute(value=value):
            yield from _part(frame, node, value, left)
        case ast.Call():
            yield from _answered(frame, node, left)
        case _:
            return


def _named(frame: Frame, node: ast.Name, left: int) -> Iterator[Claim]:
    found = frame.parameter(node)
    if found is not None and node.id in frame.given:
        yield from claims(*frame.given[node.id], left)
    elif found is not None:
        yield from _filled(frame, *found, left)
    for value in frame.values(node):
        if not (isinstance(value, ast.Name) and value.id == node.id):
            yield from claims(frame, value, left)


def _filled(
    frame: Frame, parameter: ast.arg, default: ast.expr | None, left: int
) -> Iterator[Claim]:
    """Yield what a framework fills a parameter with."""
    target = dependency(frame, parameter, default)
    if target is not None:
        inner = frame.depends(target)
        for value in inner.answers() if inner is not None else ():
            yield from claims(inner or frame, value, left)
        return
    kind, alias = told(frame.module, parameter, default)
    if kind is None and is_scalar(parameter):
        kind = part_of_address(frame, parameter)
    if kind is not None:
        yield Claim(frame, parameter, kind, alias or parameter.arg)


def _part(
    frame: Frame, node: ast.Subscript | ast.Attribute, value: ast.expr, left: int
) -> Iterator[Claim]:
    """Yield what stands in a part of something made here, or was put there by somebody else."""
    match node:
        case ast.Attribute(attr=str(key)) | ast.Subscript(slice=ast.Constant(value=str(key))):
            pass
        case _:
            yield from claims(frame, value, left)
            return
    if is_state(frame, value):
        yield from _stored(frame, key, left)
        return
    for other, given in fields(frame, value, key, left):
        yield from claims(other, given, left)


def _stored(frame: Frame, key: str, left: int) -> Iterator[Claim]:
    """Yield what a middleware of the file wrote for later under a key."""
    for place, value in placed(frame, key):
        yield from claims(place, value, left)


def _answered(frame: Frame, node: ast.Call, left: int) -> Iterator[Claim]:
    """Yield what a call answers of what the client wrote."""
    word = last_name(node.func)
    match node.func:
        case ast.Attribute(value=ast.Name() as name, attr="get") if is_variable(frame, name):
            for place, value in set_in(frame, name):
                yield from claims(place, value, left)
            return
        case ast.Attribute(value=value, attr=attr) if attr in PARTS:
            yield from claims(frame, value, left)
        case ast.Name(id="getattr") if len(node.args) > 1:
            key = node.args[1]
            if isinstance(key, ast.Constant) and is_state(frame, node.args[0]):
                yield from _stored(frame, str(key.value), left)
            return
        case _:
            pass
    if word in SAME and node.args:
        yield from claims(frame, node.args[-1], left)
        return
    inner = frame.enter(node)
    for value in inner.answers() if inner is not None else ():
        yield from claims(inner or frame, value, left)
