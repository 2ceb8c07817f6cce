"""CKF111."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule


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
        begun = store.own.get("__init__")
        if begun is None:
            return
        optional = _none_at_first(begun)
        for function in store.own.values():
            if function is not begun and not function.decorator_list:
                self._look(function, optional - _mentioned(function, optional))

    def _look(self, function: Function, optional: set[str]) -> None:
        for node in within(function):
            match node:
                case ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="self"), attr=attribute)
                ) if attribute in optional:
                    self.report(node, attribute=attribute)
                    optional.discard(attribute)
                case _:
                    continue


def _none_at_first(begun: Function) -> set[str]:
    found: set[str] = set()
    for node in within(begun):
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)],
                value=ast.Constant(value=None),
            ):
                found.add(name)
            case ast.AnnAssign(
                target=ast.Attribute(value=ast.Name(id="self"), attr=name),
                value=ast.Constant(value=None),
            ):
                found.add(name)
            case _:
                continue
    return found


def _mentioned(function: Function, names: set[str]) -> set[str]:
    """Return the attributes that a method does more with than reach through them.

    A test, an assignment or an argument is somebody thinking of None; so is a call of another
    method of the same object first, which may connect.
    """
    through: set[ast.AST] = set()
    found: set[str] = set()
    for node in within(function):
        match node:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")) as inner):
                through.add(inner)
            case ast.Await(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self")))):
                return names
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
                if node not in through:
                    found.add(attribute)
            case _:
                continue
    return found
