"""CKF102."""

import ast
from collections.abc import Iterator

from ...sdk_facts import Method
from ..annotations import parameters
from ..classes import ATTACHMENT_STORE, SERVER, STORE, Class
from ..module import Function, within
from ..rule import Rule


class OverrideSignature(Rule):
    """Find methods that differ from the ones of the SDK that they override.

    The SDK calls them both by position and with `context=` by keyword, so names and order both
    matter, and it awaits what the base class declares as a coroutine.

    Bad:
        from typing import Any

        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[dict[str, Any]]):
            async def delete_attachment(self, context: dict[str, Any], attachment_id: str) -> None:
                print("deleted", attachment_id)

    Good:
        from typing import Any

        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[dict[str, Any]]):
            async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
                print("deleted", attachment_id)

    Source: the signatures in the installed chatkit.store and chatkit.server.
    """

    code = "CKF102"
    name = "override-signature"
    message = "{owner}.{method}() {fault}"
    hint = "the SDK has ({expected})"

    def visit_store(self, store: Class) -> None:
        """Hold a store against `Store`."""
        self._against(store, STORE)

    def visit_attachment_store(self, store: Class) -> None:
        """Hold an attachment store against `AttachmentStore`."""
        self._against(store, ATTACHMENT_STORE)

    def visit_server(self, server: Class) -> None:
        """Hold a server against `ChatKitServer`."""
        self._against(server, SERVER)

    def _against(self, found: Class, base: str) -> None:
        about = self.sdk.classes.get(base)
        if about is None:
            return
        methods = about.methods
        for name, function in found.own.items():
            if name in methods:
                self._look(function, methods[name], found)
        # What a mixin brings is called by the SDK as well; a mixin is no store of its own.
        for owner in found.lineage[1:]:
            if owner.is_chatkit:
                continue
            for name, function in owner.own.items():
                brought = found.method(name)
                if name in methods and brought is not None and brought[0] is function:
                    self._look(function, methods[name], owner)

    def _look(self, function: Function, method: Method, owner: Class) -> None:
        names = owner.module.names
        harmless = all(
            (names.resolve(d) or "").rpartition(".")[2] == "override"
            for d in function.decorator_list
        )
        if method.name == "handle_stream_cancelled" or not harmless:
            return
        for fault in _faults(function, method, owner):
            self.report(
                function,
                elsewhere=owner.module,
                owner=owner.name,
                method=method.name,
                fault=fault,
                expected=", ".join(method.parameters),
            )


def _faults(node: Function, method: Method, owner: Class) -> Iterator[str]:
    """Yield where a method differs from the one of the SDK that it overrides."""
    is_async = isinstance(node, ast.AsyncFunctionDef)
    streams = method.returns.startswith("AsyncIterator")
    if method.is_async and not is_async and not _returns_awaitable(node, owner):
        yield "must be `async def`, as in the SDK"
    elif method.is_async and is_async and not streams and _yields(node):
        yield "must return and not yield: the SDK awaits it"
    elif streams and not is_async and _yields(node):
        yield "must be `async def`: the SDK iterates over it with `async for`"
    elif is_async and streams and not _yields(node) and not _only_raises(node):
        yield "must yield: the SDK iterates over what it returns"
    elif is_async and not method.is_async and not streams:
        yield "must be a plain `def`, as in the SDK"
    names = tuple(parameter.arg for parameter in parameters(node.args))
    expected = method.parameters
    if node.args.vararg is not None and node.args.kwarg is not None:
        return
    keyword_only = {parameter.arg for parameter in node.args.kwonlyargs}
    if names[: len(expected)] != expected:
        shown = ", ".join((*names, *sorted(keyword_only)))
        yield f"takes ({shown}), the SDK passes ({', '.join(expected)})"
        return
    optional = len(node.args.defaults)
    without = len(names) - optional > len(expected)
    if without or any(default is None for default in node.args.kw_defaults):
        yield "has a parameter without default that the SDK never passes"


def _yields(node: Function) -> bool:
    return bool(within(node, ast.Yield, ast.YieldFrom, nested=False))


def _only_raises(node: Function) -> bool:
    """Say whether the method is a stub that refuses to be called."""
    return any(isinstance(statement, ast.Raise) for statement in node.body[:2])


def _returns_awaitable(node: Function, owner: Class) -> bool:
    """Say whether a plain `def` says, or can be seen, to return something to be awaited."""
    text = ast.dump(node.returns) if node.returns is not None else ""
    if any(word in text for word in ("Awaitable", "Coroutine", "Future", "Task")):
        return True
    returned = [
        inner.value
        for inner in within(node, nested=False)
        if isinstance(inner, ast.Return) and inner.value is not None
    ]
    return bool(returned) and all(_is_awaitable(value, owner) for value in returned)


def _is_awaitable(value: ast.expr, owner: Class) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
            found = owner.method(name)
            return found is None or isinstance(found[0], ast.AsyncFunctionDef)
        case ast.Call(func=ast.Attribute(attr="to_thread" | "run_in_executor" | "run_sync")):
            return True
        case ast.Call(func=ast.Call()):
            return True  # such as sync_to_async(load)(thread_id)
        case _:
            return False
