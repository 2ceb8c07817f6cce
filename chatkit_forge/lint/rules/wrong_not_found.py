"""CKF206."""

import ast
from collections.abc import Sequence

from ..annotations import all_parameters
from ..classes import Class
from ..finding import AddImport, Fix, Replace
from ..missing import LOOKUPS, about_missing, says_not_found
from ..module import Function, Module, within
from ..rule import Rule, Scene
from ..stores import LOADS, home, reached
from ..translated import error_name, is_managed, is_translated
from ..unfound import answers

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
                if not is_translated(self.project, place, function):
                    self._look(store, place, name, function)

    def _look(self, store: Class, module: Module, name: str, function: Function) -> None:
        for node, what in answers(self.project, module, function):
            if isinstance(node, ast.Return) and what == "None":
                self._none(module, name, function, node)
            else:
                self._say(module, node, name, what)
        for node in within(function, ast.Raise, nested=False):
            match node:
                case ast.Raise(exc=None) if _is_lookup(module, node):
                    self._say(module, node, name, "KeyError")
                case ast.Raise(exc=ast.expr() as raised) if about_missing(module, node, function):
                    kind = error_name(module, raised)
                    if self._is_wrong(store, module, raised, kind):
                        self._raise(module, name, function, raised, kind)
                case _:
                    continue
        self._helpers(store, name, function)

    def _helpers(self, store: Class, name: str, function: Function) -> None:
        """Look at what the helpers raise that this method hands its work to, and does not catch."""
        if any(isinstance(node, ast.Try) for node in within(function, ast.Try)):
            return
        # What a `with` makes of it cannot be told from here.
        if any(
            is_managed(self.project, home(store, function), p) for p in within(function, ast.With)
        ):
            return
        for part, module in reached(store, function):
            if part is function or part.name in LOADS:
                continue
            for raised, kind in self._refusals(module, part):
                if raised not in self._said and self._is_wrong(store, module, raised, kind):
                    self._said.add(raised)
                    self._raise(module, name, part, raised, kind)

    def _refusals(self, module: Module, part: Function) -> Sequence[tuple[ast.expr, str]]:
        """Return what a helper surely raises for what is missing, with the names of the errors.

        Several methods share a helper, and several stores its module.
        """
        key = ("refusals", part)
        if key not in module.known:
            found: list[tuple[ast.expr, str]] = []
            for node in within(part, ast.Raise, nested=False):
                if not isinstance(node, ast.Raise) or node.exc is None:
                    continue
                kind = error_name(module, node.exc)
                certain = kind in _HELPERS or (kind in _WRONG and says_not_found(node))
                if certain and about_missing(module, node, part):
                    found.append((node.exc, kind))
            is_silent = not found or is_translated(self.project, module, part)
            module.known[key] = () if is_silent else found
        return module.known[key]

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


def _is_lookup(module: Module, node: ast.Raise) -> bool:
    """Say whether a bare `raise` lets go on what a dictionary or a file says of a missing entry."""
    handler = next((p for p in module.ancestors(node) if isinstance(p, ast.ExceptHandler)), None)
    if handler is None or not isinstance(handler.type, (ast.Name, ast.Attribute)):
        return False
    asked = any(
        isinstance(p, ast.If) and handler in module.ancestors(p) for p in module.ancestors(node)
    )
    outer = [p for p in module.ancestors(handler) if isinstance(p, ast.Try)]
    return not asked and len(outer) == 1 and error_name(module, handler.type) in LOOKUPS


def _identifier(function: Function) -> str | None:
    """Return the parameter that holds the id of what is loaded, None when none is called so."""
    names = [parameter.arg for parameter in all_parameters(function.args)]
    if function.name in LOADS and len(names) > 2:
        return names[-2]
    found = [name for name in names if name.endswith(("_id", "key"))]
    return found[-1] if found else None


def _error(thing: str, identifier: str) -> str:
    return f'NotFoundError(f"{thing} {{{identifier}}} not found")'
