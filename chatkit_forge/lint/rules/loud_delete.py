"""CKF219."""

import ast
from collections.abc import Sequence

from ..access import accesses
from ..around import handled, may_raise, wrappers
from ..classes import Class
from ..counts import holds_for_none
from ..failing_removals import may_fail
from ..flow import words_in
from ..module import FUNCTIONS, Function, Module, within
from ..quieted import is_quieted
from ..refusals import refuses_asker
from ..results import results
from ..store_rule import StoreRule
from ..stores import LOADS, PAGES, reached, targets

_METHODS = ("delete_thread", "delete_thread_item", "delete_attachment")
_SDK = (*LOADS, *PAGES)
_Way = tuple[tuple[ast.AST, Module], ...]


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
        for name in _METHODS:
            function = store.own.get(name)
            if function is not None:
                self._look(store, name, function)

    def _look(self, store: Class, name: str, function: Function) -> None:
        for node in within(function):
            is_loud = (
                _is_loud(node, self.module)
                or may_fail(store, self.module, node)
                or self._refuses_missing(store, function, node)
            )
            runs = targets(store, function, node) if isinstance(node, ast.Call) else []
            if not is_loud and not runs:
                continue  # as most: what is around them need not be looked at
            if isinstance(node, (ast.Assert, ast.Call, ast.Raise)) and _is_caught(
                self.module, node
            ):
                continue
            if is_quieted(store, self.module, node):
                continue
            if is_loud:
                self.report(node, method=name)
                return
            for called, module in runs:
                if called is function:
                    continue
                raised = self._raised(store, called, module, function, node)
                if raised:
                    self._tell(store, name, raised)
                    return

    def _tell(self, store: Class, name: str, raised: Sequence[tuple[ast.AST, Module]]) -> None:
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

    def _raised(
        self, store: Class, helper: Function, module: Module, function: Function, call: ast.AST
    ) -> Sequence[tuple[ast.AST, Module]]:
        """Return the calls that lead to what a helper raises and does not catch, and that last."""
        queue: list[tuple[Function, Module, _Way]] = [(helper, module, ((call, self.module),))]
        seen = {helper}
        for inner, home, way in queue:
            for node in within(inner, ast.Raise):
                if _is_loud(node, home) and not _is_caught(home, node):
                    kinds = handled(home, node)
                    others = (each for each in reached(store, function) if each[0] is not inner)
                    if kinds is None or may_raise(others, kinds):
                        return (*way, (node, home))
            following = [(*each, way) for each in wrappers(store, home, inner)]
            for each in within(inner, ast.Call):
                runs = targets(store, inner, each) if isinstance(each, ast.Call) else []
                if all(found[0] in seen for found in runs):
                    continue
                if not _is_caught(home, each) and not is_quieted(store, home, each):
                    on = (*way, (each, home))
                    following += [(*found, on) for found in runs]
            queue += [each for each in following if each[0] not in seen]
            seen |= {each[0] for each in following}
        return ()

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


def _is_caught(module: Module, node: ast.AST, depth: int = 3) -> bool:
    """Say whether what is raised here is caught around it and not passed on."""
    inside = node
    for parent in module.ancestors(node):
        match parent:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                # A function inside another is caught where it is run.
                outer = module.function_of(parent)
                runs = [
                    each
                    for each in (within(outer, ast.Name) if outer is not None else ())
                    if isinstance(each, ast.Name) and each.id == name
                ]
                inner = set(within(parent, ast.Name))
                runs = [each for each in runs if each not in inner]
                if not runs or not depth:
                    return False
                return all(_is_caught(module, each, depth - 1) for each in runs)
            case ast.Try(body=body, handlers=handlers) if inside in body:
                if any(not isinstance(n, ast.Raise) for h in handlers for n in h.body[-1:]):
                    return True
            case ast.With(items=items) | ast.AsyncWith(items=items):
                if any("suppress" in words_in(item.context_expr) for item in items):
                    return True
            case _:
                pass
        inside = parent
    return False


def _holder(node: ast.AST, module: Module) -> ast.AST | None:
    """Return the outermost function that a node stands in."""
    outer = None
    for parent in module.ancestors(node):
        outer = parent if isinstance(parent, FUNCTIONS) else outer
    return outer


def _is_loud(node: ast.AST, module: Module) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    exception = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = (module.names.resolve(exception) or "").rpartition(".")[2]
    if name in {"KeyError", "HTTPException", "LookupError", "IndexError"}:
        return not refuses_asker(module, node)
    return name.endswith(("NotFound", "NotFoundError", "DoesNotExist", "Missing"))
