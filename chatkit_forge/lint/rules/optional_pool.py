"""CKF111."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule

# Decorators under which a method is called as it is written.
_PLAIN = {
    "override", "property", "cached_property", "contextmanager", "asynccontextmanager"
}  # fmt: skip


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
    message = "self.{attribute} may still be None here"
    hint = "connect on first use, or raise a clear error when it is None"

    def visit_store(self, store: Class) -> None:
        """Look at the attributes that a store sets to None when it is made."""
        self._class(store)

    def visit_attachment_store(self, store: Class) -> None:
        """Look at an attachment store in the same way."""
        self._class(store)

    def visit_server(self, server: Class) -> None:
        """Look at a server in the same way."""
        self._class(server)

    def _class(self, found: Class) -> None:
        begun = found.method("__init__")
        optional = _none_in_class(found)
        if begun is not None:
            optional |= _none_at_first(begun[0])
        if not optional:
            return
        # What only the class itself ever sets to something can still be None elsewhere in it.
        for function in found.own.values():
            if function.name != "__init__" and self._is_plain(function):
                self._look(function, optional - self._minded(found, function, optional))

    def _is_plain(self, function: Function) -> bool:
        names = (self.module.names.resolve(d) or "?" for d in function.decorator_list)
        return all(name.rpartition(".")[2] in _PLAIN for name in names)

    def _look(self, function: Function, optional: set[str]) -> None:
        for node in within(function, ast.Attribute, ast.Subscript, ast.Call):
            match node:
                case (
                    ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=attribute))
                    | ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"), attr=attribute))
                    | ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=attribute))
                ) if attribute in optional:
                    self.report(node, attribute=attribute)
                    optional.discard(attribute)
                case _:
                    continue

    def _minded(
        self, found: Class, function: Function, names: set[str], depth: int = 3
    ) -> set[str]:
        """Return the attributes that a method, or one it calls, does more with than reach through.

        A test, an assignment or an argument is somebody thinking of None.
        """
        minded = _mentioned(function, names)
        for node in within(function, ast.Call):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=called)):
                    if called in names:
                        continue
                    method = found.method(called)
                    if method is None:
                        return names  # nobody can see whether it connects
                    if depth and method[0] is not function:
                        minded |= self._minded(found, method[0], names, depth - 1)
                case _:
                    continue
        return minded


def _none_in_class(found: Class) -> set[str]:
    """Return the attributes that class bodies begin with None."""
    names: set[str] = set()
    for owner in found.lineage:
        for node in owner.node.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None)):
                    names.add(name)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=None)):
                    names.add(name)
                case _:
                    continue
    begun = found.method("__init__")
    return names - _given(begun[0]) if begun else names


def _none_at_first(begun: Function) -> set[str]:
    found: set[str] = set()
    arguments = begun.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = zip(reversed(plain), reversed(arguments.defaults), strict=False)
    both = [*defaults, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    absent = {a.arg for a, d in both if isinstance(d, ast.Constant) and d.value is None}
    for node in within(begun, ast.Assign, ast.AnnAssign, ast.If, ast.Assert, nested=False):
        match node:
            case (
                ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
                )
                | ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=value
                )
            ):
                match value:
                    case ast.Constant(value=None):
                        found.add(name)
                    case ast.Name(id=given) if given in absent:
                        found.add(name)
                    case _:
                        found.discard(name)
            case ast.If(test=test) | ast.Assert(test=test):
                absent -= {n.id for n in (test, *within(test)) if isinstance(n, ast.Name)}
            case _:
                continue
    return found


def _given(begun: Function) -> set[str]:
    """Return the attributes that `__init__` gives a value."""
    return {
        node.attr
        for node in within(begun, ast.Attribute)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def _mentioned(function: Function, names: set[str]) -> set[str]:
    """Return the attributes that a method does more with than reach through them."""
    through: set[ast.AST] = set()
    found: set[str] = set()
    for node in within(function, ast.Attribute, ast.Subscript, ast.Call):
        match node:
            case (
                ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")) as inner)
                | ast.Subscript(value=ast.Attribute(value=ast.Name(id="self")) as inner)
                | ast.Call(func=ast.Attribute(value=ast.Name(id="self")) as inner)
            ):
                through.add(inner)
            case _:
                pass
    for node in within(function, ast.Attribute):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
                if node not in through:
                    found.add(attribute)
            case _:
                continue
    return found & names
