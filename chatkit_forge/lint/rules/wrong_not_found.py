"""CKF206."""

import ast

from ..annotations import all_parameters
from ..classes import Class
from ..finding import AddImport, Fix, Replace
from ..missing import (
    LOOKUPS,
    about_missing,
    asks_for_owner,
    asks_if_missing,
    asks_if_there,
    last,
    says_not_found,
    translates,
)
from ..module import Function, Module, within
from ..rule import Rule, Scene
from ..stores import LOADS, home, reached
from ..values import called, given_values

_CERTAIN = frozenset({"KeyError", "ValueError", "LookupError", "IndexError"})
_ANSWERS = frozenset({"HTTPException", "Http404", "HTTPNotFound", "NotFound"})
_WRONG = LOOKUPS | _CERTAIN | _ANSWERS | {
    "Exception", "RuntimeError", "FileNotFoundError", "AttributeError", "AssertionError",
}  # fmt: skip
# In a helper the words for bad arguments may mean just that.
_HELPERS = (LOOKUPS | _ANSWERS) - {"IndexError"}
_ERRORS = frozenset({
    "Exception", "LookupError", "KeyError", "ValueError", "RuntimeError",
    "fastapi.HTTPException", "starlette.exceptions.HTTPException",
})  # fmt: skip
# What reads one row or document, and gives None when there is none.
_READS = frozenset({
    "fetchrow", "fetchone", "fetch_one", "find_one", "hget", "scalar_one_or_none", "one_or_none",
    "fetchval",
})  # fmt: skip
# What raises by itself when nothing is there.
_RAISES = {
    "scalar_one": "NoResultFound", "get_one": "NoResultFound", "one": "NoResultFound",
    "aget": "DoesNotExist",
}  # fmt: skip
_HARMLESS = frozenset({"override", "retry", "traced", "trace", "logged", "timed", "instrument"})


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

    def __init__(self, scene: Scene) -> None:
        """Remember what was reported: several methods may share a helper."""
        super().__init__(scene)
        self._said: set[ast.AST] = set()

    def visit_store(self, store: Class) -> None:
        """Look at the methods that load one object."""
        for name in LOADS:
            function = store.brought(name)
            if function is not None:
                place = home(store, function)
                if not self._is_translated(place, function):
                    self._look(store, place, name, function)

    def _is_translated(self, module: Module, function: Function) -> bool:
        """Say whether a decorator may make NotFoundError of what a method raises."""
        for decorator in function.decorator_list:
            func = decorator.func if isinstance(decorator, ast.Call) else decorator
            if (module.names.resolve(func) or "").rpartition(".")[2] in _HARMLESS:
                continue
            made = ast.Call(func=func, args=[], keywords=[])
            module.parents.setdefault(made, function)
            found = called(self.project, module, made)
            if found is None or translates(found[1], found[0]):
                return True
        return False

    def _look(self, store: Class, module: Module, name: str, function: Function) -> None:
        found: set[str] = set()
        for node in within(function, nested=False):
            match node:
                case ast.Assign(targets=[ast.Name(id=variable)], value=value) if _from_dict(value):
                    if not self._kept(module, node, function):
                        found.add(variable)
                case ast.Assign(targets=[ast.Name(id=variable)], value=value) if _ends_in_none(
                    value
                ):
                    if self._is_only_returned(module, function, variable):
                        self._say(module, node, name, "None")
                case ast.Assign(
                    targets=[ast.Name()],
                    value=ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp()]),
                ):
                    if not self._kept(module, node, function):
                        self._say(module, node, name, "StopIteration")
                case ast.Raise(exc=None) if _is_lookup(module, node):
                    self._say(module, node, name, "KeyError")
                case ast.Raise(exc=ast.expr() as raised) if about_missing(module, node, function):
                    kind = _kind(module, raised)
                    if self._is_wrong(store, module, raised, kind):
                        self._raise(module, name, function, raised, kind)
                case ast.Return(value=ast.expr() as value) if _ends_in_none(value):
                    self._none(module, name, function, node)
                case ast.Return(value=None):
                    self._none(module, name, function, node)
                case ast.Return(value=ast.Name(id=variable)) if variable in found:
                    self._say(module, node, name, "KeyError")
                case ast.Return(value=value) if value is not None and _from_dict(value):
                    if not self._kept(module, node, function):
                        self._say(module, node, name, "KeyError")
                case ast.Return(value=ast.Call(func=ast.Name(id="next"), args=[_])):
                    if not self._kept(module, node, function):
                        self._say(module, node, name, "StopIteration")
                case ast.Call(func=ast.Attribute(attr=method), args=args) if method in _RAISES:
                    if not (method == "one" and args) and not self._tried(module, node):
                        self._say(module, node, name, _RAISES[method])
                case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=0)):
                    if self._is_first(module, node, function):
                        self._say(module, node, name, "IndexError")
                case ast.Subscript(value=ast.Name() as row, ctx=ast.Load()):
                    if self._is_unasked(module, row, function):
                        self._say(module, node, name, "TypeError")
                case _:
                    continue
        self._end(module, name, function)
        self._helpers(store, name, function)

    def _end(self, module: Module, name: str, function: Function) -> None:
        """Look at what a method does behind its last line: `if row: return ...` and no more."""
        end = last(function.body)
        outer = function.body[-1]
        suppressed = isinstance(outer, ast.With) and any(
            _kind(module, item.context_expr) == "suppress" for item in outer.items
        )
        match end:
            case ast.If(test=test, orelse=[], body=[*_, ast.Return()]) if asks_if_there(test):
                self._say(module, end, name, "None")
            case ast.For(target=ast.Name(), orelse=[], body=[ast.If(body=[*_, ast.Return()])]):
                self._say(module, end, name, "None")
            case ast.Return() if suppressed:
                self._say(module, end, name, "None")
            case _:
                return

    def _helpers(self, store: Class, name: str, function: Function) -> None:
        """Look at what the helpers raise that this method hands its work to, and does not catch."""
        if any(isinstance(node, ast.Try) for node in within(function, ast.Try)):
            return
        # What a `with` makes of it cannot be told from here.
        if any(self._is_managed(home(store, function), p) for p in within(function, ast.With)):
            return
        for part, module in reached(store, function):
            if part is function or part.name in LOADS or self._is_translated(module, part):
                continue
            for node in within(part, ast.Raise, nested=False):
                if not isinstance(node, ast.Raise) or node.exc is None or node in self._said:
                    continue
                kind = _kind(module, node.exc)
                certain = kind in _HELPERS or (kind in _WRONG and says_not_found(node))
                if (
                    certain
                    and self._is_wrong(store, module, node.exc, kind)
                    and about_missing(module, node, part)
                ):
                    self._said.add(node)
                    self._raise(module, name, part, node.exc, kind)

    def _is_managed(self, module: Module, node: ast.AST) -> bool:
        """Say whether a `with` may make NotFoundError of what is raised in it."""
        for item in node.items if isinstance(node, (ast.With, ast.AsyncWith)) else ():
            if isinstance(item.context_expr, ast.Call):
                if _kind(module, item.context_expr) == "suppress":
                    return True
                found = called(self.project, module, item.context_expr)
                if found is not None and translates(found[1], found[0]):
                    return True
        return False

    def _is_wrong(self, store: Class, module: Module, raised: ast.expr, kind: str) -> bool:
        """Say whether what is raised is no NotFoundError of the SDK's, and no refusal."""
        if kind == "HTTPException":
            codes = [
                part for part in within(raised, ast.Constant) if isinstance(part, ast.Constant)
            ]
            return not any(code.value in {400, 401, 403} for code in codes)
        func = raised.func if isinstance(raised, ast.Call) else raised
        name = module.names.resolve(func) or ""
        own = store.project.find_class(name, module) if name else None
        if own is not None:
            return own.foreign <= _ERRORS
        if kind == "NotFoundError":
            # Elasticsearch, OpenAI and others have one of this name.
            home = name.partition(".")[0]
            return home in {"openai", "elasticsearch", "opensearchpy", "google", "werkzeug"}
        return kind in _WRONG

    def _none(self, module: Module, name: str, function: Function, node: ast.Return) -> None:
        """Report what returns None, with the fix where that is all the line does."""
        identifier = _identifier(function)
        bare = node.value is None or isinstance(node.value, ast.Constant)
        fix = None
        if bare and identifier is not None:
            error = _error(LOADS[name], identifier)
            edits = (
                Replace(module.span(node), f"raise {error}"),
                AddImport("chatkit.store", "NotFoundError"),
            )
            fix = Fix("unsafe", edits)
        self._say(module, node, name, "None", fix)

    def _raise(
        self, module: Module, name: str, function: Function, raised: ast.expr, kind: str
    ) -> None:
        fix = None
        identifier = _identifier(function)
        if identifier is not None:
            edits = (
                Replace(module.span(raised), _error(LOADS[name], identifier)),
                AddImport("chatkit.store", "NotFoundError"),
            )
            fix = Fix("safe" if kind in _CERTAIN else "unsafe", edits)
        self._say(module, raised, name, kind, fix)

    def _say(
        self, module: Module, node: ast.AST, name: str, what: str, fix: Fix | None = None
    ) -> None:
        self.report(node, fix, elsewhere=module, method=name, what=what, thing=LOADS[name])

    def _tried(self, module: Module, node: ast.AST) -> bool:
        """Say whether what is raised is caught, or a `with` around it makes something of it."""
        return any(
            isinstance(p, ast.Try) or self._is_managed(module, p) for p in module.ancestors(node)
        )

    def _kept(self, module: Module, node: ast.AST, function: Function) -> bool:
        """Say whether somebody looked first, or catches what is raised."""
        if self._tried(module, node):
            return True
        asked = any(isinstance(p, ast.If) for p in module.ancestors(node))
        return asked or any(
            isinstance(s, ast.If) and asks_if_missing(s.test) and not asks_for_owner(s.test)
            for s in function.body
        )

    def _is_only_returned(self, module: Module, function: Function, variable: str) -> bool:
        """Say whether what may be None is given one value, and answered without a look."""
        names = [
            node
            for node in within(function, ast.Name)
            if isinstance(node, ast.Name) and node.id == variable
        ]
        reads = [node for node in names if isinstance(node.ctx, ast.Load)]
        if len(names) != len(reads) + 1 or not reads:
            return False
        if any(isinstance(parent, ast.Try) for parent in module.ancestors(reads[0])):
            return False
        return all(
            isinstance(module.parents[node], ast.Return)
            and not any(isinstance(p, (ast.If, ast.Match)) for p in module.ancestors(node))
            for node in reads
        )

    def _is_first(self, module: Module, node: ast.Subscript, function: Function) -> bool:
        """Say whether the first of a list is taken that may be empty, without a look."""
        given = given_values(module, node.value) if isinstance(node.value, ast.Name) else []
        listed = len(given) == 1 and isinstance(given[0], ast.ListComp)
        return listed and not self._is_asked(module, node.value, function)

    def _is_unasked(self, module: Module, row: ast.Name, function: Function) -> bool:
        """Say whether a row is read from that a driver may not have found, without a look."""
        given = given_values(module, row)
        match given:
            case [ast.Await(value=ast.Call(func=ast.Attribute(attr=name)))]:
                pass
            case [ast.Call(func=ast.Attribute(attr=name))]:
                pass
            case _:
                return False
        return name in _READS and not self._is_asked(module, row, function)

    def _is_asked(self, module: Module, value: ast.expr, function: Function) -> bool:
        """Say whether a function does anything with a name but read from it, or catches errors."""
        if not isinstance(value, ast.Name) or self._tried(module, value):
            return True
        if any(
            isinstance(node, ast.NamedExpr) and node.target.id == value.id
            for node in within(function, ast.NamedExpr)
        ):
            return True  # `(row := ...) is None`
        uses = [
            module.parents[node]
            for node in within(function, ast.Name)
            if isinstance(node, ast.Name) and node.id == value.id and isinstance(node.ctx, ast.Load)
        ]
        return not all(isinstance(use, (ast.Subscript, ast.Attribute)) for use in uses)


def _is_lookup(module: Module, node: ast.Raise) -> bool:
    """Say whether a bare `raise` lets go on what a dictionary or a file says of a missing entry."""
    handler = next((p for p in module.ancestors(node) if isinstance(p, ast.ExceptHandler)), None)
    if handler is None or not isinstance(handler.type, (ast.Name, ast.Attribute)):
        return False
    asked = any(
        isinstance(p, ast.If) and handler in module.ancestors(p) for p in module.ancestors(node)
    )
    outer = [p for p in module.ancestors(handler) if isinstance(p, ast.Try)]
    return not asked and len(outer) == 1 and _kind(module, handler.type) in LOOKUPS


def _kind(module: Module, raised: ast.expr) -> str:
    func = raised.func if isinstance(raised, ast.Call) else raised
    return (module.names.resolve(func) or "").rpartition(".")[2]


def _identifier(function: Function) -> str | None:
    """Return the parameter that holds the id of what is loaded, None when none is called so."""
    names = [parameter.arg for parameter in all_parameters(function.args)]
    if function.name in LOADS and len(names) > 2:
        return names[-2]
    found = [name for name in names if name.endswith(("_id", "key"))]
    return found[-1] if found else None


def _error(thing: str, identifier: str) -> str:
    return f'NotFoundError(f"{thing} {{{identifier}}} not found")'


def _ends_in_none(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=None):
            return True
        case ast.IfExp(body=body, orelse=other):
            return _ends_in_none(other) or _ends_in_none(body)
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


def _from_dict(value: ast.expr) -> bool:
    match value:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"))):
            return True
        case ast.Subscript(value=ast.Subscript() as inner):
            return _from_dict(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="model_copy" | "copy")):
            return _from_dict(inner)
        case _:
            return False


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
