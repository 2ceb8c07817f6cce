"""CKF312."""

import ast

from ..module import within
from ..rule import Rule
from ..sdk_names import definition

_ANSWERS = frozenset({"fastapi.HTTPException", "starlette.exceptions.HTTPException"})
_EVENTS = frozenset({"chatkit.types.ErrorEvent", "chatkit.types.NoticeEvent"})
_RESPONSES = frozenset({
    "fastapi.responses.JSONResponse", "starlette.responses.JSONResponse",
    "fastapi.responses.Response", "fastapi.responses.PlainTextResponse",
    "starlette.responses.PlainTextResponse",
})  # fmt: skip


class ErrorDetailsToClient(Rule):
    """Find the text of exceptions that is sent to users.

    It names hosts, tables, keys and paths, and tells the user nothing. The log is its place; the
    user gets a sentence and whether to try again.

    Bad:
        from chatkit.types import ErrorEvent


        def failed(error: Exception) -> ErrorEvent:
            try:
                raise error
            except Exception as caught:
                return ErrorEvent(message=f"Error: {caught}", allow_retry=True)

    Good:
        import logging

        from chatkit.types import ErrorEvent


        def failed(error: Exception) -> ErrorEvent:
            try:
                raise error
            except Exception:
                logging.exception("the answer failed")
                return ErrorEvent(message="Something went wrong.", allow_retry=True)

    Source: OWASP, Error Handling.
    """

    code = "CKF312"
    name = "error-details-to-client"
    message = "the text of an exception goes to the user"
    hint = "log it, and send a sentence that is meant for users"

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Look at what is done with a caught exception."""
        if node.name is None or self._is_narrow(node):
            return
        for inner in within(node):
            if isinstance(inner, ast.Call) and self._reaches_user(inner):
                values = [*inner.args, *(keyword.value for keyword in inner.keywords)]
                if any(_mentions(value, node.name) for value in values):
                    self.report(inner)

    def _is_narrow(self, node: ast.ExceptHandler) -> bool:
        """Say whether only an error is caught whose text is meant for whoever sent the request."""
        name = self.module.names.resolve(node.type) if node.type else None
        return name is not None and name.rpartition(".")[2] in {
            "ValidationError", "NotFoundError", "JSONDecodeError", "HTTPException",
            "RequestValidationError",
        }  # fmt: skip

    def _reaches_user(self, node: ast.Call) -> bool:
        name = self.module.names.resolve(node.func)
        if name in _ANSWERS or name in _RESPONSES:
            return True
        return definition(self.sdk, name) in _EVENTS


def _mentions(value: ast.expr, name: str) -> bool:
    """Say whether an expression holds the exception's text."""
    for node in (value, *within(value)):
        match node:
            case ast.FormattedValue(value=ast.Name(id=found)) if found == name:
                return True
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=found)]):
                if found == name:
                    return True
            case ast.Attribute(value=ast.Name(id=found), attr="args") if found == name:
                return True
            case _:
                continue
    return False
