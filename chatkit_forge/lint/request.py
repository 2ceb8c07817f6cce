"""Which expressions are a request of a web framework."""

import ast

from .frames import Frame

_REQUESTS = frozenset({
    "Request", "HttpRequest", "ASGIRequest", "WebSocket", "HTTPConnection", "BaseRequest",
})  # fmt: skip
_REQUEST_NAMES = frozenset({"request", "req", "websocket", "ws", "http_request", "raw_request"})


def is_request(frame: Frame, node: ast.expr) -> bool:
    """Say whether an expression is a request of a web framework."""
    match node:
        case ast.Name(id=name):
            found = frame.parameter(node)
            if found is not None and name in frame.given:
                other, value = frame.given[name]
                return is_request(other, value)
            kind = found[0].annotation if found is not None else None
            if kind is not None:
                said = frame.module.names.resolve(
                    kind.value if isinstance(kind, ast.Subscript) else kind
                )
                last = (said or "").rpartition(".")[2]
                return last in _REQUESTS or (last == "Any" and name in _REQUEST_NAMES)
            full = frame.module.names.imported.get(name, "")
            if full.endswith(".request"):
                return True
            values = frame.values(node)
            if values:
                return any(is_request(frame, value) for value in values if value is not node)
            return name in _REQUEST_NAMES
        case (
            ast.Attribute(attr="request" | "req" | "websocket")
            | ast.Subscript(slice=ast.Constant(value="request" | "http_request"))
            | ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value="request"), *_])
        ):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _REQUESTS
        case _:
            return False
