"""Which part of a request an expression is taken from: its body, a header, a cookie."""

import ast
import re

from .dependencies import dependency
from .filled_parameters import part_filled
from .frames import Frame
from .repeats import PARTS, SAME
from .request import is_request
from .unverified import is_unverified

# What a request holds, by what it is called in the frameworks.
_HELD = {
    "headers": "header", "META": "header", "cookies": "cookie", "COOKIES": "cookie",
    "query_params": "query", "GET": "query", "args": "query", "query": "query",
    "rel_url": "query", "path_params": "path", "match_info": "path", "view_args": "path",
    "POST": "body", "data": "body", "form": "body", "json": "body", "body": "body",
    "values": "body",
}  # fmt: skip
# And what reads it, asked of a request.
_READS = frozenset({
    "json", "form", "get_json", "post", "body", "read", "text", "receive_json", "receive_text",
    "receive_bytes", "get_data",
})  # fmt: skip
_PARSES = frozenset({
    "model_validate", "model_validate_json", "parse_raw", "parse_obj", "validate_json",
    "validate_python",
})  # fmt: skip
_SCOPE = {"headers": "header", "query_string": "query", "path_params": "path"}


def source(frame: Frame, node: ast.expr | None, left: int = 24) -> str | None:
    """Return which part of a request an expression is, or is taken from; None for others."""
    if node is None or not left or frame.depth > 4:
        return None
    left -= 1
    match node:
        case ast.Await(value=value) | ast.NamedExpr(value=value):
            return source(frame, value, left)
        case ast.BoolOp(values=values):
            return next(filter(None, (source(frame, each, left) for each in values)), None)
        case ast.IfExp(body=body, orelse=orelse):
            return source(frame, body, left) or source(frame, orelse, left)
        case ast.BinOp(left=one, right=other):
            return source(frame, one, left) or source(frame, other, left)
        case ast.DictComp(generators=[ast.comprehension(iter=value), *_]):
            return source(frame, value, left)
        case ast.Subscript(value=ast.Name(id="scope"), slice=ast.Constant(value=str(key))):
            return _SCOPE.get(key)
        case ast.Subscript(value=value):
            return source(frame, value, left)
        case ast.Attribute(value=value, attr=attr):
            if is_request(frame, value):
                return _HELD.get(attr)
            return source(frame, value, left)
        case ast.Name():
            return _source_of_name(frame, node, left)
        case ast.Call():
            return _source_of_call(frame, node, left)
        case _:
            return None


def _source_of_name(frame: Frame, node: ast.Name, left: int) -> str | None:
    found = frame.parameter(node)
    if found is not None and node.id in frame.given:
        return source(*frame.given[node.id], left)
    if found is not None:
        kind = _source_of_parameter(frame, *found)
        if kind is not None:
            return kind
    others = (v for v in frame.values(node) if not (isinstance(v, ast.Name) and v.id == node.id))
    return next(filter(None, (source(frame, value, left) for value in others)), None)


def _source_of_parameter(frame: Frame, parameter: ast.arg, default: ast.expr | None) -> str | None:
    target = dependency(frame, parameter, default)
    if target is not None:
        inner = frame.depends(target)
        answers = inner.answers() if inner is not None else ()
        return next(filter(None, (source(inner or frame, value, 6) for value in answers)), None)
    return part_filled(frame, parameter, default)


def _source_of_call(frame: Frame, node: ast.Call, left: int) -> str | None:
    full = frame.module.names.resolve(node.func) or ""
    first = node.args[0] if node.args else None
    word = full.rpartition(".")[2]
    if is_unverified(frame, node):
        return "token"
    match node.func:
        case ast.Attribute(value=value, attr=attr) if attr in _READS and is_request(frame, value):
            return "body"
        case ast.Attribute(value=value, attr=attr) if attr in PARTS:
            kind = source(frame, value, left)
            if kind is not None:
                return kind
        case ast.Attribute(attr=attr) if attr in _PARSES:
            return source(frame, first, left)
        case _:
            pass
    if word in {"loads", "decode"} and re.match(r"(or|u|simple|rapid|msgspec\.)?json\b", full):
        return source(frame, first, left)
    if full.startswith("base64.") and "decode" in word:
        return "token" if source(frame, first, left) else None
    if word in SAME and (word == full or "." in full) and first is not None:
        kind = source(frame, node.args[-1], left)
        if kind is not None:
            return kind
    spread = [keyword.value for keyword in node.keywords if keyword.arg is None]
    if spread and frame.make(node) is not None:
        return source(frame, spread[0], left)
    inner = frame.enter(node)
    answers = inner.answers() if inner is not None else ()
    return next(filter(None, (source(inner or frame, value, left) for value in answers)), None)
