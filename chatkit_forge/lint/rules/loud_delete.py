"""CKF219."""

import ast
from itertools import takewhile

from ..access import accesses
from ..around import handled, may_raise
from ..binders import value_of
from ..classes import Class
from ..containers import held, named
from ..flow import words_in
from ..module import FUNCTIONS, Function, Module, within
from ..results import results
from ..store_rule import StoreRule
from ..stores import LOADS, reached, targets

_METHODS = ("delete_thread", "delete_thread_item", "delete_attachment")
_SDK = frozenset({*LOADS, "load_threads", "load_thread_items"})


_IDS = frozenset({"thread_id", "item_id", "attachment_id"})


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
            if self._is_caught(node):
                continue
            if _is_loud(node, self.module) or self._may_fail(store, node):
                self.report(node, method=name)
                return
            if isinstance(node, ast.Raise) and self._refuses_missing(store, function, node):
                self.report(node, method=name)
                return
            if isinstance(node, ast.Call):
                for called, module in targets(store, function, node):
                    raised = self._raised(store, called, module, function)
                    if called is not function and raised is not None:
                        self._tell(store, name, node, called, raised)
                        return

    def _tell(
        self,
        store: Class,
        name: str,
        call: ast.AST,
        called: Function,
        raised: tuple[ast.AST, Module],
    ) -> None:
        """Report at the exception, or at the call where others need that exception."""
        others = [f for n, f in store.own.items() if n not in _METHODS and f is not called]
        node, module = raised
        shared = called.name in _SDK or handled(module, node) is not None
        shared = shared or any(
            called is part for other in others for part, _ in reached(store, other)
        )
        if shared:
            self.report(call, method=name)
        else:
            place = None if module is self.module else module
            self.report(node, elsewhere=place, method=name)

    def _raised(
        self, store: Class, helper: Function, module: Module, function: Function
    ) -> tuple[ast.AST, Module] | None:
        """Return what a helper, or what it calls in turn, raises and does not catch."""
        for inner, home in [(helper, module), *reached(store, helper)]:
            for node in within(inner, ast.Raise):
                if _is_loud(node, home) and not _is_caught(home, node):
                    kinds = handled(home, node)
                    others = (each for each in reached(store, function) if each[0] is not inner)
                    if kinds is None or may_raise(others, kinds):
                        return node, home
        return None

    def _is_caught(self, node: ast.AST) -> bool:
        return isinstance(node, (ast.Call, ast.Raise)) and _is_caught(self.module, node)

    def _refuses_missing(self, store: Class, function: Function, node: ast.Raise) -> bool:
        """Say whether any exception is raised because nothing was found or deleted."""
        test = self.module.parents.get(node)
        if not isinstance(test, ast.If) or node not in test.body:
            return False
        words = words_in(test.test).split()
        if {"rowcount", "deleted_count", "DELETE"} & {*words}:
            return True
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

    def _may_fail(self, store: Class, node: ast.AST) -> bool:
        """Say whether a deletion fails where there is nothing: no key, no file, no row."""
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[key]):
                fails = named(value) in held(store) and not isinstance(key, ast.Constant)
                fails = fails or (isinstance(key, ast.Name) and key.id in _IDS)
            case ast.Call(args=[ast.Attribute(attr="unlink")], keywords=[]):
                fails = True  # `asyncio.to_thread(path.unlink)`
            case ast.Call(func=ast.Attribute(value=value, attr="remove"), args=[_]):
                fails = named(value) in held(store) or _resolved(self.module, node) == "os.remove"
            case ast.Call(func=ast.Attribute(attr="unlink"), args=[], keywords=[]):
                fails = True
            case ast.Call(func=ast.Attribute(attr="unlink" | "rmtree"), keywords=[]):
                fails = _resolved(self.module, node) in {"os.unlink", "shutil.rmtree"}
            case ast.Call(func=ast.Attribute(attr="delete_item")):
                fails = "azure.cosmos" in self.module.text
            case ast.Call(func=ast.Attribute(value=value, attr="scalar_one" | "one")):
                return self._is_executed(node, value) and not self._tried(node)
            case ast.Call(func=ast.Attribute(attr="delete"), args=[ast.Name(id=row)]):
                # `session.delete(None)` raises.
                fails = self._loaded(node, row)
            case ast.Delete(targets=[ast.Subscript(value=value, slice=key)]):
                fails = named(value) in held(store)
                fails = fails or (isinstance(key, ast.Name) and key.id in _IDS)
            case _:
                return False
        return fails and not self._tried(node) and not self._asked(node)

    def _is_executed(self, node: ast.AST, value: ast.expr) -> bool:
        """Say whether this is what a statement found: `await session.execute(query)`."""
        if isinstance(value, ast.Name):
            value = value_of(self.module, value) or value
        value = value.value if isinstance(value, ast.Await) else value
        match value:
            case ast.Call(func=ast.Attribute(attr="execute" | "exec" | "scalars")):
                return True
            case _:
                return False

    def _loaded(self, node: ast.AST, row: str) -> bool:
        """Say whether a name holds what a session may not have found."""
        function = self.module.function_of(node)
        for each in within(function) if function else ():
            match each:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == row:
                    value = value.value if isinstance(value, ast.Await) else value
                    return isinstance(value, ast.Call) and (
                        isinstance(value.func, ast.Attribute)
                        and value.func.attr in {"get", "scalar", "scalar_one_or_none", "first"}
                    )
                case _:
                    continue
        return False

    def _tried(self, node: ast.AST) -> bool:
        parents = list(self.module.ancestors(node))
        return any(
            isinstance(p, ast.Try)
            or (isinstance(p, ast.With) and any("suppress" in words_in(i) for i in p.items))
            for p in parents
        )

    def _asked(self, node: ast.AST) -> bool:
        """Say whether it runs only after a look: in an `if`, in a loop, or behind a `return`."""
        inside = node
        for parent in self.module.ancestors(node):
            if isinstance(parent, (ast.If, ast.IfExp, ast.For, ast.AsyncFor)):
                return True
            if isinstance(parent, (*FUNCTIONS, ast.With, ast.AsyncWith, ast.Try)):
                earlier = takewhile(lambda each, last=inside: each is not last, parent.body)
                if any(isinstance(each, ast.If) for each in earlier):
                    return True
            if isinstance(parent, FUNCTIONS):
                return False
            inside = parent
        return False


def _is_caught(module: Module, node: ast.AST) -> bool:
    """Say whether what is raised here is caught around it and not passed on."""
    inside = node
    for parent in module.ancestors(node):
        match parent:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return False
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


def _is_loud(node: ast.AST, module: Module) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    exception = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = (module.names.resolve(exception) or "").rpartition(".")[2]
    if name in {"KeyError", "HTTPException", "LookupError", "IndexError"}:
        return True
    return name.endswith(("NotFound", "NotFoundError", "DoesNotExist", "Missing"))


def _resolved(module: Module, node: ast.Call) -> str | None:
    return module.names.resolve(node.func)
