"""CKF301."""

import ast
from collections.abc import Iterator

from ..classes import Class
from ..module import Function, within
from ..rule import Rule


class StoreNotPassed(Rule):
    """Find servers whose `__init__` does not hand the store to ChatKitServer.

    The SDK reads `self.store` for every request; without `super().__init__(store=...)` the first
    one raises AttributeError.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.server import ChatKitServer
        from chatkit.store import Store


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            def __init__(self, threads: Store[dict[str, Any]]) -> None:
                self.threads = threads

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.server import ChatKitServer
        from chatkit.store import Store


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            def __init__(self, threads: Store[dict[str, Any]]) -> None:
                super().__init__(store=threads)

    Source: ChatKitServer.__init__(store, attachment_store=None).
    """

    code = "CKF301"
    name = "store-not-passed"
    message = "{server}.__init__ does not hand the store to ChatKitServer"
    hint = "call super().__init__(store=...)"

    def visit_server(self, server: Class) -> None:
        """Look at a server's `__init__`."""
        begun = server.own.get("__init__")
        if begun is None:
            return
        set_here: set[str] = set()
        for node in self._reached(server, begun):
            match node:
                case ast.Call(func=ast.Attribute(attr="__init__"), args=args, keywords=keywords):
                    if args or keywords:
                        return
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    set_here.add(name)
                case _:
                    continue
        if set_here >= {"store", "attachment_store"}:
            return
        self.report(begun, server=server.name)

    def _reached(self, server: Class, begun: Function) -> Iterator[ast.AST]:
        """Yield what `__init__` does, and what the methods do that it calls of itself."""
        yield from within(begun, ast.Call, ast.Attribute)
        for node in within(begun, ast.Call):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                    found = server.method(name)
                    yield from within(found[0], ast.Call, ast.Attribute) if found else ()
                case _:
                    continue
