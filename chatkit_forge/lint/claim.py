"""One thing that a client says of itself, and what key it is read by."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .frames import Frame
from .module import Module
from .named_uses import function_calls, method_calls
from .request import is_request
from .request_parts import source

# A secret that a client shows is no claim of who it is.
_CREDENTIAL = re.compile(
    r"token|secret|api.?key|session|auth(?!or)|signature|jwt|passw|ticket|nonce|csrf|cookie|bearer",
    re.I,
)
# Set by what stands before the server, which drops what clients send under these names.
_PROXY = re.compile(
    r"^(http_)?(x[-_](forwarded|auth|authenticated|goog|ms|amzn|remote|gateway|verified|ssl|client"
    r"[-_]cert|envoy)|cf[-_]|remote[-_]|ssl[-_]|tailscale)",
    re.I,
)


# Methods of a request, as Falcon has it, and of a handler that holds one, as Tornado has it.
_ASKS = {"get_header": "header", "get_param": "query", "get_cookie_values": "cookie"}
_HANDLER_ASKS = {
    "get_argument": "query", "get_query_argument": "query", "get_body_argument": "body",
    "get_cookie": "cookie",
}  # fmt: skip
_GETS = frozenset({"get", "pop", "getone"})


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold where something is read that the client wrote, under which key, and the way there."""

    frame: Frame
    node: ast.AST
    kind: str
    key: str

    @property
    def is_free(self) -> bool:
        """Say whether a client can write here what it likes, and it is no secret it shows."""
        if self.kind == "header" and _PROXY.match(self.key):
            return False
        return _CREDENTIAL.search(self.key) is None


def readings(module: Module) -> Iterator[ast.Call | ast.Subscript]:
    """Yield what reads by a key in a file: where there is a claim, `claim_at` is asked of these."""
    yield from (n for n in module.nodes(ast.Subscript) if isinstance(n.slice, ast.Constant))
    yield from function_calls(module, "getattr")
    yield from (call for call, _ in method_calls(module, (*_ASKS, *_HANDLER_ASKS, *_GETS)))


def claim_at(frame: Frame, node: ast.expr, left: int = 24) -> Claim | None:
    """Return the claim that is read by a key of a request, or of a part of it."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=value, attr=attr), args=[ast.Constant(value=str(key)), *_]
        ) if attr in _ASKS or attr in _HANDLER_ASKS:
            if attr in _ASKS and is_request(frame, value):
                return Claim(frame, node, _ASKS[attr], key)
            if attr in _HANDLER_ASKS and isinstance(value, ast.Name) and value.id == "self":
                owner = frame.owner()
                if owner is not None and any("tornado" in base for base in owner.foreign):
                    return Claim(frame, node, _HANDLER_ASKS[attr], key)
            return None
        case ast.Subscript(value=value, slice=ast.Constant(value=str() | bytes() as key)):
            pass
        case ast.Call(
            func=ast.Attribute(value=value, attr=attr),
            args=[ast.Constant(value=str() | bytes() as key), *_],
        ) if attr in _GETS:
            pass
        case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(key)), *_]):
            pass
        case ast.Attribute(value=value, attr=key):
            if is_request(frame, value):
                return None
        case _:
            return None
    kind = source(frame, value, left)
    if kind is None:
        return None
    return Claim(frame, node, kind, key.decode(errors="replace") if isinstance(key, bytes) else key)
