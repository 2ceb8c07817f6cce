"""CKF111."""

import ast
from collections.abc import Iterator, Mapping
from typing import cast

from ..agents_run import function_named
from ..classes import Class
from ..first_values import stored
from ..minding_none import minds
from ..module import FUNCTIONS, Function, within
from ..rule import Rule
from ..store_rule import parts
from ..stores import repository
from ..unset import attributes_unset, names_unset
from ..unset_uses import Handed
from ..values import class_around

# Decorators under which a method is called as it is written.
_PLAIN = frozenset({
    "override", "property", "cached_property", "contextmanager", "asynccontextmanager",
    "staticmethod", "classmethod", "setter",
})  # fmt: skip
# Packages whose decorators call a method again, and nothing else.
_REPEATING = frozenset({"backoff", "stamina", "tenacity"})


class OptionalPool(Rule):
    """Find connections that begin as None and are used as if they were there.

    A request that comes before `connect()` was awaited, or after `close()`, raises AttributeError
    on None in the middle of a stream; the type checker says so as well.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self) -> None:
                self._pool: Any | None = None

            async def count(self) -> int:
                return await self._pool.fetchval("SELECT count(*) FROM users")

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self) -> None:
                self._pool: Any | None = None

            async def count(self) -> int:
                if self._pool is None:
                    raise RuntimeError("connect() first")
                return await self._pool.fetchval("SELECT count(*) FROM users")

    Source: pyright's reportOptionalMemberAccess.
    """

    code = "CKF111"
    name = "optional-pool"
    severity = "warning"
    message = "{what} may still be None here"
    hint = "connect on first use, or raise a clear error when it is None"

    def visit_store(self, store: Class) -> None:
        """Look at the attributes that a store, or what it works with, sets to None at first."""
        for part in parts(store):
            self._class(part)
        self._helpers(store)

    def visit_attachment_store(self, store: Class) -> None:
        """Look at an attachment store in the same way."""
        self._class(store)
        self._helpers(store)

    def visit_server(self, server: Class) -> None:
        """Look at a server in the same way."""
        self._class(server)

    def visit_module(self) -> None:
        """Look at connections that are kept under a name of a module with stores."""
        names = names_unset(self.module)
        if not names or not any(c.is_chatkit for c in self.project.classes(self.module).values()):
            return
        for function in self.module.nodes(*FUNCTIONS):
            if isinstance(self.module.function_of(function), FUNCTIONS):
                continue  # looked at with the function around it
            owner = class_around(self.project, self.module, function)
            self._look(Handed(owner, self.module, names), function)

    def _helpers(self, store: Class) -> None:
        """Look at the project's own objects that a store keeps its connection in."""
        begun = store.method("__init__")
        for name in sorted(stored(begun[0])) if begun is not None else ():
            helper = repository(store, store.module, name)
            if helper is None or helper.is_chatkit:
                continue
            # Many stores may keep the same: what is wrong with it is said once.
            key = ("looked at for None", helper.node)
            if not helper.module.known.setdefault(key, False):
                helper.module.known[key] = True
                self._class(helper)

    def _class(self, found: Class) -> None:
        optional = {f".{name}" for name in attributes_unset(found)}
        held = set(_unset_in_held(found))
        if not optional and not held:
            return
        scene = Handed(found, found.module, frozenset(optional | held))
        for function in found.own.values():
            if function.name not in {"__init__", "__aexit__", "__exit__"}:
                self._look(scene, function)

    def _look(self, scene: Handed, function: Function) -> None:
        """Report what a function reaches through, each connection once."""
        if not scene.is_named_in(function) or not self._is_plain(scene, function):
            return
        names = scene.aliases(function)
        done: set[str] = set()
        for node in within(function, ast.Attribute, ast.Subscript, ast.Call):
            inner = _reached(node)
            source = scene.source(inner, names) if inner is not None else None
            if inner is None or source is None or source in done:
                continue
            if self._is_minded(scene, function, {source, *_others(names, source)}, inner):
                continue
            done.add(source)
            what = f"self{source}" if source.startswith(".") else source
            self.report(node, elsewhere=scene.module, what=what)

    def _is_plain(self, scene: Handed, function: Function) -> bool:
        """Say whether a function is called as it is written, for all that concerns None."""
        for decorator in function.decorator_list:
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            full = scene.module.names.resolve(plain) or "?"
            if full.rpartition(".")[2] in _PLAIN or full.partition(".")[0] in _REPEATING:
                continue
            made = function_named(self.project, scene.module, plain)
            if made is None or not scene.is_blind(made):
                return False
        return True

    def _is_minded(
        self, scene: Handed, function: Function, names: set[str], node: ast.AST, depth: int = 3
    ) -> bool:
        """Say whether a function, or what it calls before, thinks of None for these names."""
        if minds(scene.module, function, names, node):
            return True
        for call in within(function, ast.Call):
            if getattr(call, "lineno", 0) > getattr(node, "lineno", 0):
                continue
            if scene.is_opened(cast("ast.Call", call), function, names, depth):
                return True
        if scene.asks_property(function, names, node):
            return True
        if not function.name.startswith("_") or function.name.startswith("__") or not depth:
            return False
        # A helper of one's own: those who call it may have looked.
        callers = list(scene.callers(function))
        return bool(callers) and all(
            self._is_minded(scene, caller, names, call, depth - 1) for caller, call in callers
        )


def _reached(node: ast.AST) -> ast.expr | None:
    """Return what a node reaches through: None there is an error."""
    match node:
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return inner
        case ast.Call(func=ast.Attribute() as inner) | ast.Call(func=ast.Name() as inner):
            return inner
        case _:
            return None


def _others(aliases: Mapping[str, str], source: str) -> set[str]:
    return {name for name, meant in aliases.items() if meant == source}


def _unset_in_held(found: Class) -> Iterator[str]:
    """Yield what begins as None in objects that a class keeps and reaches through: `.db.pool`."""
    begun = found.method("__init__")
    for name in stored(begun[0]) if begun is not None else ():
        helper = repository(found, found.module, name)
        unset = attributes_unset(helper) if helper is not None else ()
        if unset and any(_reaches_through(each, name) for each in found.own.values()):
            yield from (f".{name}.{attribute}" for attribute in unset)


def _reaches_through(function: Function, name: str) -> bool:
    """Say whether a function reads an attribute of an object that its own object keeps."""
    for node in within(function, ast.Attribute):
        held = node.value if isinstance(node, ast.Attribute) else None
        if not isinstance(held, ast.Attribute) or held.attr != name:
            continue
        if isinstance(held.value, ast.Name) and held.value.id == "self":
            return True
    return False
