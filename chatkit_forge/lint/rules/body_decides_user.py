"""CKF403."""

import ast

from ..module import Function, within
from ..rule import Rule

_KEYS = frozenset({"user_id", "userId", "user", "owner", "owner_id", "uid", "tenant_id", "email"})


class BodyDecidesUser(Rule):
    """Find requests whose body says who the user is.

    Anybody can write any name into a body. Who is asking has to come from something the server
    itself signed or checked: a session, a token.

    Bad:
        from chatkit.server import ChatKitServer
        from fastapi import Request
        from typing import Any


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            body = await request.json()
            return await server.process(await request.body(), {"user_id": body["user_id"]})

    Good:
        from chatkit.server import ChatKitServer
        from fastapi import Request
        from typing import Any


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            user_id: str = request.session["user_id"]
            return await server.process(await request.body(), {"user_id": user_id})

    Source: OWASP API1, Broken Object Level Authorization.
    """

    code = "CKF403"
    name = "body-decides-user"
    message = "the body of the request decides who the user is ({key})"
    hint = "take the user from a session or a checked token"

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a handler that gives a request to ChatKit."""
        if not any(map(_processes, within(node, ast.Call))):
            return
        bodies = _bodies(node)
        for inner in within(node):
            key = _read(inner, bodies)
            if key is not None:
                self.report(inner, key=key)


def _processes(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="process"), args=[_, *_]):
            return True
        case _:
            return False


def _bodies(function: Function) -> set[str]:
    """Return the variables that hold what was read from a request's body."""
    found: set[str] = set()
    for node in within(function, ast.Assign):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Await(value=ast.Call(func=ast.Attribute(attr="json" | "form"))),
            ):
                found.add(name)
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr="loads"))
            ):
                found.add(name)
            case _:
                continue
    return found


def _read(node: ast.AST, bodies: set[str]) -> str | None:
    """Return the key that is read from a body when it says who the user is."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key)), ctx=ast.Load()) if (
            key in _KEYS and _root(value) in bodies
        ):
            return key
        case ast.Call(
            func=ast.Attribute(value=value, attr="get"),
            args=[ast.Constant(value=str(key)), *_],
        ) if key in _KEYS and _root(value) in bodies:
            return key
        case _:
            return None


def _root(value: ast.expr) -> str:
    """Return the variable that something is read from, however deep inside."""
    while isinstance(value, (ast.Subscript, ast.Call, ast.Attribute)):
        value = value.func if isinstance(value, ast.Call) else value.value
    return value.id if isinstance(value, ast.Name) else ""
