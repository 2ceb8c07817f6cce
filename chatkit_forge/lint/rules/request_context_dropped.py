"""CKF309."""

import ast

from ..module import Function, within
from ..rule import Rule


class RequestContextDropped(Rule):
    """Find handlers that know who is asking and hand ChatKit an empty context.

    The store scopes by what is in the context. Without it every request is nobody's, or
    everybody's.

    Bad:
        from typing import Any

        from chatkit.server import ChatKitServer
        from fastapi import Request


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            return await server.process(await request.body(), {})

    Good:
        from typing import Any

        from chatkit.server import ChatKitServer
        from fastapi import Request


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            context = {"user_id": request.session["user_id"]}
            return await server.process(await request.body(), context)

    Source: ChatKitServer.process(request, context).
    """

    code = "CKF309"
    name = "request-context-dropped"
    message = "the request is processed with an empty context: nobody is asking"
    hint = "hand over who is asking, as the store reads it"

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a handler."""
        self._look(node)

    def _look(self, function: Function) -> None:
        for node in within(function, nested=False):
            match node:
                case ast.Await(
                    value=ast.Call(
                        func=ast.Attribute(value=server, attr="process"),
                        args=args,
                        keywords=keywords,
                    )
                ) if "server" in self.module.code(server).lower():
                    given = args[1] if len(args) > 1 else None
                    named = {keyword.arg: keyword.value for keyword in keywords}
                    given = given or named.get("context")
                    if _is_empty(given):
                        self.report(node)
                case _:
                    continue


def _is_empty(given: ast.expr | None) -> bool:
    match given:
        case ast.Dict(keys=[]) | ast.Constant(value=None):
            return True
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=[]):
            return True
        case _:
            return False
