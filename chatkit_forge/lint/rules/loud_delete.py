"""CKF219."""

import ast

from ..access import accesses
from ..around import handled
from ..classes import Class
from ..counts import holds_for_none
from ..failing_removals import may_fail
from ..flow import words_in
from ..loud_helpers import LoudHelpers, Way, is_caught, is_loud
from ..module import FUNCTIONS, Function, Module, within
from ..quieted import is_quieted
from ..results import results
from ..store_rule import StoreRule
from ..stores import LOADS, PAGES, reached, targets

_METHODS = ("delete_thread", "delete_thread_item", "delete_attachment")
_SDK = (*LOADS, *PAGES)
# What may end in an error.
_ENDING = (ast.Assert, ast.Call, ast.Delete, ast.Raise)


class LoudDelete(StoreRule):
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

    def look(self, store: Class) -> None:
        """Look at the methods that delete."""
        helpers = LoudHelpers(store)
        for name in _METHODS:
            function = store.own.get(name)
            if function is not None:
                self._look(store, name, function, helpers)

    def _look(self, store: Class, name: str, function: Function, helpers: LoudHelpers) -> None:
        for node in within(function, *_ENDING):
            loud = (
                is_loud(node, self.module)
                or may_fail(store, self.module, node)
                or self._refuses_missing(store, function, node)
            )
            called = targets(store, function, node) if isinstance(node, ast.Call) else []
            runs = [each for each in called if each[0] is not function]
            runs = [each for each in runs if not helpers.is_quiet(each)]
            if not loud and not runs:
                continue  # as most: what is around them need not be looked at
            if not isinstance(node, ast.Delete) and is_caught(self.module, node):
                continue
            if is_quieted(store, self.module, node):
                continue
            if loud:
                self.report(node, method=name)
                return
            for helper in runs:
                raised = helpers.raised(function, helper, ((node, self.module),))
                if raised:
                    self._tell(store, name, raised)
                    return

    def _tell(self, store: Class, name: str, raised: Way) -> None:
        """Report at the exception, or at the last call on the way that no other method takes."""
        others = {
            part
            for each in store.lineage
            for word, function in each.own.items()
            if word not in _METHODS and not any(function is _holder(*on) for on in raised)
            for part, _ in reached(store, function)
        }
        others |= {found[0] for word in _SDK if (found := store.method(word)) is not None}
        for node, module in reversed(raised):
            is_shared = isinstance(node, ast.Raise) and handled(module, node) is not None
            if not is_shared and _holder(node, module) not in others:
                self.report(node, elsewhere=None if module is self.module else module, method=name)
                return
        # Others run the deletion itself, and with it all that it runs.
        self.report(raised[0][0], method=name)

    def _refuses_missing(self, store: Class, function: Function, node: ast.AST) -> bool:
        """Say whether any exception is raised because nothing was found or deleted."""
        test = node if isinstance(node, ast.Assert) else self.module.parents.get(node)
        if isinstance(test, ast.If):
            if not isinstance(node, ast.Raise) or node not in test.body:
                return False
        elif test is not node or not isinstance(test, ast.Assert):
            return False
        # One row too many is another mistake.
        if holds_for_none(test.test) is isinstance(test, ast.Assert):
            return False
        words = words_in(test.test).split()
        if {"rowcount", "deleted_count", "DELETE"} & {*words}:
            return True
        if isinstance(node, ast.Assert):
            return False
        found = {
            name
            for access in accesses(store, function, self.module)
            for name in results(self.module, access)
        }
        match test.test:
            case (
                ast.Compare(left=ast.Name(id=name), ops=[ast.Is()])
                | ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name))
            ):
                return name in found
            case _:
                return False


def _holder(node: ast.AST, module: Module) -> ast.AST | None:
    """Return the outermost function that a node stands in."""
    outer = None
    for parent in module.ancestors(node):
        outer = parent if isinstance(parent, FUNCTIONS) else outer
    return outer
