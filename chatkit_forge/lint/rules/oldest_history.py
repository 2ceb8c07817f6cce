"""CKF302."""

import ast
from typing import TypeGuard

from ..classes import Class
from ..module import Function, Module, within
from ..rule import Rule
from ..store_calls import argument
from ..values import called, class_around, follow


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
        if self._is_paging(function) or not (
            serves or self._feeds(function) or self._is_fed_from(function)
        ):
            return
        if self._is_oldest(self.module, call):
            self.report(call)
        else:
            self._asked(function, call)

    def visit_server(self, server: Class) -> None:
        """Look at the helpers of other files that a server makes its model's input with."""
        for function in server.own.values():
            for node in within(function, ast.Call) if self._feeds(function) else ():
                found = called(self.project, self.module, node) if _is_call(node) else None
                if found is None or found[1] is self.module or self._is_paging(found[0]):
                    continue
                for call in within(found[0], ast.Call):
                    if _is_call(call) and _loads(call) and self._is_oldest(found[1], call):
                        self.report(call, elsewhere=found[1])

    def _is_oldest(self, module: Module, call: ast.Call) -> bool:
        order = self._value(argument(call, 3, "order"), module)
        ascending = isinstance(order, ast.Constant) and order.value == "asc"
        return ascending and self._is_first(call, module)

    def _asked(self, function: Function, call: ast.Call) -> None:
        """Look at who asks a helper for the oldest page, by the order it is to load in."""
        order = argument(call, 3, "order")
        names = [a.arg for a in function.args.args]
        if not isinstance(order, ast.Name) or order.id not in names:
            return
        if not self._is_first(call, self.module):
            return
        position = names.index(order.id) - (1 if names[0] in {"self", "cls"} else 0)
        for node in self.module.nodes(ast.Call):
            caller = self.module.function_of(node)
            if caller is None or not self._feeds(caller):
                continue
            found = called(self.project, self.module, node)
            if found is not None and found[0] is function:
                asked = self._value(argument(node, position, order.id), self.module)
                if isinstance(asked, ast.Constant) and asked.value == "asc":
                    self.report(node)

    def _is_fed_from(self, function: Function) -> bool:
        """Say whether a function of this file that makes a model's input calls this one."""
        for node in self.module.nodes(ast.Call):
            word = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if function.name not in {word, getattr(node.func, "id", "")}:
                continue
            caller = self.module.function_of(node)
            if caller is not None and caller is not function and self._feeds(caller):
                return True
        return False

    def _is_first(self, call: ast.Call, module: Module) -> bool:
        """Say whether a page begins the thread, and is neither a look at it nor all of it."""
        after = self._value(argument(call, 1, "after"), module)
        limit = self._value(argument(call, 2, "limit"), module)
        first = isinstance(after, ast.Constant) and after.value is None
        if isinstance(limit, ast.Constant) and isinstance(limit.value, int):
            return first and 3 < limit.value < 1000
        return first

    def _value(self, node: ast.expr | None, module: Module) -> ast.expr | None:
        return follow(self.project, module, node)[1] if node is not None else None

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


def _is_call(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call)


def _loads(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "load_thread_items"


def _is_paging(node: ast.AST) -> bool:
    """Say whether a loop goes on from page to page."""
    return any(
        isinstance(inner, ast.Attribute) and inner.attr == "load_thread_items"
        for inner in within(node)
    )
