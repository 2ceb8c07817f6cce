"""CKF302."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..store_calls import argument


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

    def visit_server(self, server: Class) -> None:
        """Look at the pages that a server loads."""
        for function in server.own.values():
            if not any(
                isinstance(node, (ast.While, ast.AsyncFor)) and _is_paging(node)
                for node in within(function)
            ):
                self._look(function)

    def _look(self, function: Function) -> None:
        for node in within(function):
            match node:
                case ast.Call(func=ast.Attribute(attr="load_thread_items")):
                    after = argument(node, 1, "after")
                    order = argument(node, 3, "order")
                case _:
                    continue
            first = isinstance(after, ast.Constant) and after.value is None
            ascending = isinstance(order, ast.Constant) and order.value == "asc"
            if first and ascending:
                self.report(node)


def _is_paging(node: ast.AST) -> bool:
    """Say whether a loop goes on from page to page."""
    return any(
        isinstance(inner, ast.Attribute) and inner.attr == "load_thread_items"
        for inner in within(node)
    )
