"""CKF206."""

import ast

from ..classes import Class
from ..finding import AddImport, Fix, Replace
from ..module import Function, within
from ..rule import Rule
from ..stores import LOADS

_CERTAIN = frozenset({"KeyError", "ValueError", "LookupError", "IndexError"})
_WRONG = _CERTAIN | {"HTTPException", "Exception", "RuntimeError", "FileNotFoundError"}


class WrongNotFound(Rule):
    """Find stores that say "not found" with something else than NotFoundError.

    The SDK knows `chatkit.store.NotFoundError` and turns it into an answer for the client. A
    KeyError is a server error, and None fails further on, where nobody looks for it.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
                found = await self.find(context["user_id"], thread_id)
                if found is None:
                    raise KeyError(thread_id)
                return found

            async def find(self, owner: str, thread_id: str) -> ThreadMetadata | None:
                raise NotImplementedError(f"{owner} {thread_id}")

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
                found = await self.find(context["user_id"], thread_id)
                if found is None:
                    raise NotFoundError(f"Thread {thread_id} not found")
                return found

            async def find(self, owner: str, thread_id: str) -> ThreadMetadata | None:
                raise NotImplementedError(f"{owner} {thread_id}")

    Source: chatkit.store.NotFoundError.
    """

    code = "CKF206"
    name = "wrong-not-found"
    message = "{method}() answers what is missing with {what}, not with NotFoundError"
    hint = 'raise NotFoundError(f"{thing} {{id}} not found") from chatkit.store'

    def visit_store(self, store: Class) -> None:
        """Look at the methods that load one object."""
        for name in LOADS:
            function = store.own.get(name)
            if function is not None:
                self._look(name, function)

    def _look(self, name: str, function: Function) -> None:
        for node in within(function, nested=False):
            match node:
                case ast.Raise(exc=ast.expr() as raised) if self._about_missing(node, function):
                    kind = self._kind(raised)
                    if kind in _WRONG:
                        self._raise(name, function, raised, kind)
                case ast.Return(value=None | ast.Constant(value=None)):
                    self.report(node, method=name, what="None", thing=LOADS[name])
                case ast.Return(
                    value=ast.Call(func=ast.Attribute(value=source, attr="get"), args=[_])
                ) if _is_own(source):
                    self.report(node, method=name, what="None", thing=LOADS[name])
                case ast.Return(value=value) if value is not None and self._from_dict(value):
                    if not self._kept(node, function):
                        self.report(node, method=name, what="KeyError", thing=LOADS[name])
                case _:
                    continue

    def _raise(self, name: str, function: Function, raised: ast.expr, kind: str) -> None:
        thing = LOADS[name]
        fix = None
        identifier = function.args.args[-2].arg if len(function.args.args) > 2 else None
        if identifier is not None:
            code = f'NotFoundError(f"{thing} {{{identifier}}} not found")'
            edits = (
                Replace(self.module.span(raised), code),
                AddImport("chatkit.store", "NotFoundError"),
            )
            fix = Fix("safe" if kind in _CERTAIN else "unsafe", edits)
        self.report(raised, fix, method=name, what=kind, thing=thing)

    def _kind(self, raised: ast.expr) -> str:
        func = raised.func if isinstance(raised, ast.Call) else raised
        return (self.module.names.resolve(func) or "").rpartition(".")[2]

    def _about_missing(self, node: ast.Raise, function: Function) -> bool:
        """Say whether an exception is raised because something was not there."""
        for parent in self.module.ancestors(node):
            if parent is function:
                return False
            match parent:
                case ast.If(test=test):
                    return _asks_if_missing(test)
                case ast.ExceptHandler(type=kind):
                    return kind is not None and self._kind(kind) in {
                        "KeyError",
                        "StopIteration",
                        "IndexError",
                    }
                case _:
                    continue
        return False

    def _from_dict(self, value: ast.expr) -> bool:
        match value:
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"))):
                return True
            case ast.Subscript(value=ast.Subscript() as inner):
                return self._from_dict(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr="model_copy" | "copy")):
                return self._from_dict(inner)
            case _:
                return False

    def _kept(self, node: ast.AST, function: Function) -> bool:
        """Say whether somebody looked first, or catches what is raised."""
        tried = any(isinstance(p, ast.Try) for p in self.module.ancestors(node))
        return tried or any(isinstance(s, ast.If) for s in function.body)


def _is_own(source: ast.expr) -> bool:
    """Say whether something is looked up in a dictionary of the store's own."""
    while isinstance(source, (ast.Call, ast.Subscript)):
        source = source.func if isinstance(source, ast.Call) else source.value
        if isinstance(source, ast.Attribute) and source.attr in {"get", "setdefault"}:
            source = source.value
    match source:
        case ast.Attribute(value=ast.Name(id="self")):
            return True
        case _:
            return False


def _asks_if_missing(test: ast.expr) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(ops=[ast.Is() | ast.NotIn()]):
            return True
        case ast.BoolOp(values=values):
            return any(_asks_if_missing(value) for value in values)
        case _:
            return False
