"""CKF309."""

import ast

from ..classes import Class
from ..frames import Frame
from ..known_users import knows_user, says_the_same
from ..module import within
from ..named_uses import method_calls
from ..rule import Rule
from ..store_calls import argument
from ..values import called, follow

_EMPTY = "an empty context: nobody is asking"
_SAME = "the same user whoever asks, though that is known here"


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
    message = "the request is processed with {what}"
    hint = "hand over who is asking, as the store reads it"

    def visit_module(self) -> None:
        """Look at what is handed to `process`, and to the agent's context."""
        found: list[ast.AST] = [call for call, _ in method_calls(self.module, ("process",))]
        keywords = self.module.nodes(ast.keyword)
        found += [self.module.parents[k] for k in keywords if k.arg == "request_context"]
        for node in dict.fromkeys(found):
            if isinstance(node, ast.Call):
                self._handed(node)

    def _handed(self, node: ast.Call) -> None:
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        match node.func:
            case ast.Attribute(value=server, attr="process"):
                if not self._is_server(server, node):
                    return
                given = node.args[1] if len(node.args) > 1 else named.get("context")
            case _:
                given = named.get("request_context")
                if given is None or not {"thread", "store"} & named.keys():
                    return
        if given is None:
            return
        if self._is_empty(given):
            self.report(node, what=_EMPTY)
            return
        if isinstance(given, ast.Name):
            self._asked(node, given)
        function = self.module.function_of(node)
        if function is not None and not self._is_filled(given):
            frame = Frame(self.project, self.module, function)
            if says_the_same(frame, given) and knows_user(frame):
                self.report(node, what=_SAME)

    def _asked(self, node: ast.Call, given: ast.Name) -> None:
        """Look at what the callers of a helper in this file hand it as the context."""
        function = self.module.function_of(node)
        names = [a.arg for a in function.args.args] if function is not None else []
        if given.id not in names:
            return
        position = names.index(given.id) - (1 if names[0] in {"self", "cls"} else 0)
        for call in self.module.nodes(ast.Call):
            found = called(self.project, self.module, call)
            handed = argument(call, position, given.id) if found else None
            if found is None or found[0] is not function or handed is None:
                continue
            if self._is_empty(handed):
                self.report(call, what=_EMPTY)

    def _is_server(self, server: ast.expr, node: ast.Call) -> bool:
        words = ("server", "chatkit", "assistant")
        if any(word in self.module.code(server).lower() for word in words):
            return True
        return any(
            isinstance(inner, ast.Attribute) and inner.attr == "body"
            for argument in node.args[:1]
            for inner in (argument, *within(argument))
        )

    def _is_empty(self, given: ast.expr) -> bool:
        if self._is_filled(given):
            return False
        module, value = follow(self.project, self.module, given)
        match value:
            case ast.Dict(values=values) if all(_is_nothing(each) for each in values):
                return True
            case ast.Constant(value=None):
                return True
            case ast.Call(func=ast.Name() | ast.Attribute() as func, args=[], keywords=[]):
                name = module.names.resolve(func) or ""
                found = self.project.find_class(name, module)
                # What is made without arguments may know who asks by itself.
                if (
                    found is not None
                    and not _knows_nobody(found)
                    and (found.own or "factory" in found.module.code(found.node))
                ):
                    return False
                return name == "dict" or name.rpartition(".")[2][:1].isupper()
            case _:
                return False

    def _is_filled(self, given: ast.expr) -> bool:
        """Say whether something is put into a context after it was made."""
        if not isinstance(given, ast.Name):
            return False
        function = self.module.function_of(given)
        for node in within(function) if function is not None else ():
            match node:
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                    pass
                case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store()):
                    pass
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                    pass
                case ast.Call(func=func, args=args) if not (
                    isinstance(func, ast.Attribute) and func.attr == "process"
                ):
                    if any(isinstance(a, ast.Name) and a.id == given.id for a in args):
                        return True
                    continue
                case _:
                    continue
            if name == given.id:
                return True
        return False


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in {None, ""}


def _knows_nobody(found: Class) -> bool:
    """Say whether a context's field for who is asking is nobody, or anybody, by default."""
    for line in found.node.body:
        match line:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant()):
                if any(word in name for word in ("user", "owner", "tenant", "account", "email")):
                    return "__init__" not in found.own and "__post_init__" not in found.own
            case _:
                continue
    return False
