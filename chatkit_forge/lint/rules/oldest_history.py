"""CKF302."""

import ast

from ..module import Function, within
from ..rule import Rule
from ..store_calls import argument
from ..values import class_around, follow


class OldestHistory(Rule):
    """Find servers that give the model the first items of a thread instead of the newest.

    `load_thread_items(..., limit, "asc", ...)` from the beginning is the oldest page. In a long
    thread the model sees how it began and never what was said last.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.agents import simple_to_agent_input
        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadMetadata


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def history(self, thread: ThreadMetadata, context: dict[str, Any]) -> list[Any]:
                page = await self.store.load_thread_items(thread.id, None, 20, "asc", context)
                return await simple_to_agent_input(page.data)

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.agents import simple_to_agent_input
        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadMetadata


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def history(self, thread: ThreadMetadata, context: dict[str, Any]) -> list[Any]:
                page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
                return await simple_to_agent_input(list(reversed(page.data)))

    Source: 11 of 24 public servers went blind to the present in long threads.
    """

    code = "CKF302"
    name = "oldest-history"
    message = "this is the oldest page of the thread: in a long one the model misses what is new"
    hint = 'load with order "desc" and reverse the page'

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Look at a page that is loaded."""
        call = self.module.parents.get(node)
        if node.attr != "load_thread_items" or not isinstance(call, ast.Call):
            return
        function = self.module.function_of(call)
        owner = class_around(self.project, self.module, call)
        if call.func is not node or function is None or (owner is not None and owner.is_store):
            return
        serves = owner is not None and owner.is_server
        if not (serves or self._feeds(function)) or self._is_paging(function):
            return
        order = self._value(argument(call, 3, "order"))
        if isinstance(order, ast.Constant) and order.value == "asc" and self._is_first(call):
            self.report(call)

    def _is_first(self, call: ast.Call) -> bool:
        """Say whether a page begins the thread, and is neither a look at it nor all of it."""
        after = self._value(argument(call, 1, "after"))
        limit = self._value(argument(call, 2, "limit"))
        first = isinstance(after, ast.Constant) and after.value is None
        if isinstance(limit, ast.Constant) and isinstance(limit.value, int):
            return first and 3 < limit.value < 1000
        return first

    def _value(self, node: ast.expr | None) -> ast.expr | None:
        return follow(self.project, self.module, node)[1] if node is not None else None

    def _feeds(self, function: Function) -> bool:
        """Say whether a function outside of a server makes a model's input."""
        for node in within(function):
            if isinstance(node, (ast.Name, ast.Attribute)):
                word = node.id if isinstance(node, ast.Name) else node.attr
                if word in {"to_agent_input", "simple_to_agent_input", "run_streamed"}:
                    return True
        return any(word in function.name for word in ("history", "agent_input", "model_input"))

    def _is_paging(self, function: Function) -> bool:
        return any(
            isinstance(node, (ast.While, ast.For, ast.AsyncFor)) and _is_paging(node)
            for node in within(function)
        )


def _is_paging(node: ast.AST) -> bool:
    """Say whether a loop goes on from page to page."""
    return any(
        isinstance(inner, ast.Attribute) and inner.attr == "load_thread_items"
        for inner in within(node)
    )
