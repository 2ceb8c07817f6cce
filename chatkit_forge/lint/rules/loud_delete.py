"""CKF219."""

import ast

from ..classes import Class
from ..module import Function, Module, within
from ..rule import Rule
from ..stores import reached

_METHODS = ("delete_thread", "delete_thread_item", "delete_attachment")


class LoudDelete(Rule):
    """Find deletions that raise when there is nothing to delete.

    Two tabs, a retry or a double click delete the same thread twice; the second one has got what
    it wanted and must not fail.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store


        class Threads(Store[dict[str, Any]], ABC):
            async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
                if not await self.remove(context["user_id"], thread_id):
                    raise NotFoundError(f"Thread {thread_id} not found")

            async def remove(self, owner: str, thread_id: str) -> bool:
                return owner == thread_id

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
                await self.remove(context["user_id"], thread_id)

            async def remove(self, owner: str, thread_id: str) -> bool:
                return owner == thread_id

    Source: 9 of 43 public stores.
    """

    code = "CKF219"
    name = "loud-delete"
    message = "{method}() raises when there is nothing to delete"
    hint = "what is gone is gone: return"

    def visit_store(self, store: Class) -> None:
        """Look at the methods that delete."""
        for name in _METHODS:
            function = store.own.get(name)
            if function is not None:
                self._look(store, name, function)

    def _look(self, store: Class, name: str, function: Function) -> None:
        for inner, module in reached(store, function):
            for node in within(inner, ast.Raise, ast.Call, ast.Delete):
                if _is_loud(node, module) or (inner is function and self._may_fail(node)):
                    place = None if module is self.module else module
                    self.report(node, elsewhere=place, method=name)
                    return

    def _may_fail(self, node: ast.AST) -> bool:
        """Say whether a deletion from a dictionary fails for a missing key."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr="pop"),
                args=[_],
            ):
                return not self._tried(node)
            case ast.Delete(
                targets=[ast.Subscript(value=ast.Attribute(value=ast.Name(id="self")))]
            ):
                return not self._tried(node) and not self._asked(node)
            case _:
                return False

    def _tried(self, node: ast.AST) -> bool:
        parents = list(self.module.ancestors(node))
        return any(
            isinstance(p, ast.Try)
            or (isinstance(p, ast.With) and "suppress" in self.module.code(p))
            for p in parents
        )

    def _asked(self, node: ast.AST) -> bool:
        return any(isinstance(p, (ast.If, ast.For)) for p in self.module.ancestors(node)) or any(
            isinstance(s, ast.If) for s in getattr(self.module.function_of(node), "body", [])
        )


def _is_loud(node: ast.AST, module: Module) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    exception = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = (module.names.resolve(exception) or "").rpartition(".")[2]
    return name in {"NotFoundError", "KeyError", "HTTPException", "LookupError"}
