"""CKF206."""

import ast

from ..classes import Class
from ..finding import AddImport, Fix, Replace
from ..module import Function, within
from ..rule import Rule
from ..stores import LOADS, reached

_CERTAIN = frozenset({"KeyError", "ValueError", "LookupError", "IndexError"})
_WRONG = _CERTAIN | {"HTTPException", "Exception", "RuntimeError", "FileNotFoundError"}
# In a helper the words for bad arguments may mean just that.
_HELPERS = frozenset({"KeyError", "LookupError", "HTTPException"})


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
                self._look(store, name, function)

    def _look(self, store: Class, name: str, function: Function) -> None:
        found: set[str] = set()
        for node in within(function, nested=False):
            match node:
                case ast.Assign(targets=[ast.Name(id=variable)], value=value) if self._from_dict(
                    value
                ):
                    if not self._kept(node, function):
                        found.add(variable)
                case ast.Raise(exc=ast.expr() as raised) if self._about_missing(node, function):
                    kind = self._kind(raised)
                    if kind in _WRONG or self._is_own_error(store, raised):
                        self._raise(name, function, raised, kind)
                case ast.Return(value=ast.expr() as value) if self._ends_in_none(value, function):
                    self.report(node, method=name, what="None", thing=LOADS[name])
                case ast.Return(value=None):
                    self.report(node, method=name, what="None", thing=LOADS[name])
                case ast.Return(value=ast.Name(id=variable)) if variable in found:
                    self.report(node, method=name, what="KeyError", thing=LOADS[name])
                case ast.Return(value=value) if value is not None and self._from_dict(value):
                    if not self._kept(node, function):
                        self.report(node, method=name, what="KeyError", thing=LOADS[name])
                case ast.Return(value=ast.Call(func=ast.Name(id="next"), args=[_])):
                    if not self._kept(node, function):
                        self.report(node, method=name, what="StopIteration", thing=LOADS[name])
                case ast.Call(func=ast.Attribute(attr="scalar_one")):
                    if not any(isinstance(p, ast.Try) for p in self.module.ancestors(node)):
                        self.report(node, method=name, what="NoResultFound", thing=LOADS[name])
                case _:
                    continue
        # `if row: return ...` and nothing behind it.
        match function.body[-1]:
            case ast.If(test=test, orelse=[], body=[*_, ast.Return()]) if _asks_if_there(test):
                self.report(function.body[-1], method=name, what="None", thing=LOADS[name])
            case ast.For(target=ast.Name(), orelse=[], body=[ast.If(body=[*_, ast.Return()])]):
                self.report(function.body[-1], method=name, what="None", thing=LOADS[name])
            case _:
                pass
        self._helpers(store, name, function)

    def _helpers(self, store: Class, name: str, function: Function) -> None:
        """Look at what the helpers raise that this method hands its work to, and does not catch."""
        if any(isinstance(node, ast.Try) for node in within(function)):
            return
        for part, module in reached(store, function):
            if (
                part is function
                or module is not self.module
                or part.name in store.own.keys() & LOADS
            ):
                continue
            if not part.name.startswith("_"):
                continue
            for node in within(part, nested=False):
                if isinstance(node, ast.Raise) and node.exc is not None:
                    kind = self._kind(node.exc)
                    if kind in _HELPERS and self._about_missing(node, part):
                        self._raise(name, part, node.exc, kind)

    def _is_own_error(self, store: Class, raised: ast.expr) -> bool:
        """Say whether an exception is a class of the project's own that is no NotFoundError."""
        func = raised.func if isinstance(raised, ast.Call) else raised
        name = self.module.names.resolve(func)
        own = store.project.find_class(name, self.module) if name else None
        return own is not None and own.foreign <= {"Exception", "LookupError", "KeyError"}

    def _ends_in_none(self, value: ast.expr, function: Function) -> bool:
        match value:
            case ast.Constant(value=None):
                return True
            case ast.IfExp(body=body, orelse=other):
                return self._ends_in_none(other, function) or self._ends_in_none(body, function)
            case ast.Call(func=ast.Attribute(value=source, attr="get"), args=[_]):
                return _is_own(source)
            case ast.Call(
                func=ast.Attribute(value=source, attr="get"), args=[_, ast.Constant(value=None)]
            ):
                return _is_own(source)
            case ast.Call(
                func=ast.Name(id="next"), args=[ast.GeneratorExp(), ast.Constant(value=None)]
            ):
                return True
            case _:
                return False

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
        tried = any(isinstance(p, (ast.Try, ast.If)) for p in self.module.ancestors(node))
        return tried or any(
            isinstance(s, ast.If) and _asks_if_missing(s.test) and not _asks_for_owner(s.test)
            for s in function.body
        )


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


def _asks_if_there(test: ast.expr) -> bool:
    match test:
        case ast.Name():
            return True
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
        case ast.Compare(ops=[ast.In()], comparators=[ast.Attribute() | ast.Subscript()]):
            return True
        case _:
            return False


def _asks_for_owner(test: ast.expr) -> bool:
    """Say whether a test only asks whether somebody is signed in."""
    asked = test.operand if isinstance(test, ast.UnaryOp) else test
    asked = asked.left if isinstance(asked, ast.Compare) else asked
    words: list[str] = []
    for node in (asked, *within(asked)):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
                words.append(word)
            case _:
                continue
    owners = ("user", "owner", "uid", "tenant", "context")
    return bool(words) and all(any(owner in word for owner in owners) for word in words)


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
