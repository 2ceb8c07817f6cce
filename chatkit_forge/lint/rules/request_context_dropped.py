"""CKF309."""

import ast

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

    def visit_Call(self, node: ast.Call) -> None:
        """Look at what is handed to `process`, and to the agent's context."""
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        match node.func:
            case ast.Attribute(value=server, attr="process"):
                if "server" not in self.module.code(server).lower():
                    return
                given = node.args[1] if len(node.args) > 1 else named.get("context")
            case _:
                name = self.module.names.resolve(node.func)
                if name != "chatkit.agents.AgentContext":
                    return
                given = named.get("request_context")
        if _is_empty(given):
            self.report(node)


def _is_empty(given: ast.expr | None) -> bool:
    match given:
        case ast.Dict(keys=[]) | ast.Constant(value=None):
            return True
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name == "dict" or name[:1].isupper()
        case _:
            return False
