"""CKF302."""

import ast
from typing import TypeGuard

from ..classes import Class
from ..frames import parameters
from ..module import Function, Module, within
from ..named_uses import method_calls
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

    def visit_module(self) -> None:
        """Look at the pages that are loaded."""
        for call, _ in method_calls(self.module, ("load_thread_items",)):
            self._loaded(call)

    def _loaded(self, call: ast.Call) -> None:
        function = self.module.function_of(call)
        owner = class_around(self.project, self.module, call)
        if function is None or (owner is not None and owner.is_store):
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
                    if not _is_call(call) or not _loads(call):
                        continue
                    if self._is_oldest(found[1], call):
                        self.report(call, elsewhere=found[1])
                    elif self._is_first(call, found[1]) and _is_call(node):
                        asked, is_default = _asked_for(found[0], argument(call, 3, "order"), node)
                        if self._is_ascending(asked, found[1] if is_default else self.module):
                            self.report(
                                call if is_default else node,
                                elsewhere=found[1] if is_default else None,
                            )

    def _is_oldest(self, module: Module, call: ast.Call) -> bool:
        ascending = self._is_ascending(argument(call, 3, "order"), module)
        return ascending and self._is_first(call, module)

    def _is_ascending(self, node: ast.expr | None, module: Module) -> bool:
        order = self._value(node, module)
        return isinstance(order, ast.Constant) and order.value == "asc"

    def _asked(self, function: Function, call: ast.Call) -> None:
        """Look at who asks a helper for the oldest page, by the order it is to load in."""
        order = argument(call, 3, "order")
        if not isinstance(order, ast.Name) or not self._is_first(call, self.module):
            return
        for node in self.module.nodes(ast.Call):
            caller = self.module.function_of(node)
            if caller is None or not self._feeds(caller):
                continue
            found = called(self.project, self.module, node)
            if found is not None and found[0] is function:
                asked, is_default = _asked_for(function, order, node)
                if self._is_ascending(asked, self.module):
                    self.report(call if is_default else node)

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


def _asked_for(
    function: Function, order: ast.expr | None, node: ast.Call
) -> tuple[ast.expr | None, bool]:
    """Return what a call hands a function as its order, and whether that is only the default."""
    if any(isinstance(each, ast.Starred) for each in node.args):
        return None, False
    if any(keyword.arg is None for keyword in node.keywords):
        return None, False
    for parameter, default in parameters(function):
        if isinstance(order, ast.Name) and parameter.arg == order.id:
            names = [a.arg for a in function.args.args]
            place = names.index(order.id) if order.id in names else len(node.args) + 1
            asked = argument(node, place - (names[:1] in (["self"], ["cls"])), order.id)
            return (default, True) if asked is None else (asked, False)
    return None, False


def _loads(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "load_thread_items"


def _is_paging(node: ast.AST) -> bool:
    """Say whether a loop goes on from page to page."""
    return any(
        isinstance(inner, ast.Attribute) and inner.attr == "load_thread_items"
        for inner in within(node)
    )
