"""CKF216."""

import ast

from ..classes import Class
from ..module import Function, Module, within
from ..rule import Rule
from ..stores import home
from ..values import called

_METHODS = ("save_attachment", "load_attachment", "delete_attachment")


class AttachmentsNotImplemented(Rule):
    """Find stores whose methods for attachments do nothing or refuse.

    They are abstract, so they were written, and the first file a user sends fails or is lost: the
    SDK saves the attachment and loads it again when the message comes.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import Attachment


        class Threads(Store[dict[str, Any]], ABC):
            async def save_attachment(
                self, attachment: Attachment, context: dict[str, Any]
            ) -> None:
                raise NotImplementedError("no attachments")

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import Attachment


        class Threads(Store[dict[str, Any]], ABC):
            async def save_attachment(
                self, attachment: Attachment, context: dict[str, Any]
            ) -> None:
                await self.put(context["user_id"], attachment.id, attachment.model_dump_json())

            async def put(self, owner: str, key: str, text: str) -> None:
                print("kept", owner, key, len(text))

    Source: 16 of 43 public stores leave them out.
    """

    code = "CKF216"
    name = "attachments-not-implemented"
    severity = "warning"
    message = "{method}() {what}"
    hint = "store the record like any other: id, owner, JSON"

    def visit_store(self, store: Class) -> None:
        """Look at the three methods."""
        for name in _METHODS:
            function = store.brought(name)
            if function is None or function.decorator_list:
                continue
            place = home(store, function)
            what = self._nothing(place, function)
            if what is not None:
                self.report(function, elsewhere=place, method=name, what=what)

    def _nothing(self, module: Module, function: Function, depth: int = 2) -> str | None:
        """Return how a method does nothing, None when it does something."""
        body = [statement for statement in function.body if not _is_idle(statement)]
        match body:
            case [] | [ast.Pass()] | [ast.Return(value=None | ast.Constant(value=None))]:
                return "does nothing"
            case [ast.Raise(exc=ast.expr() as raised)]:
                return self._refuses(module, raised)
            case [ast.Assert(test=ast.Constant(value=False))]:
                return "refuses"
            case [ast.Expr(value=value) | ast.Return(value=ast.expr() as value)] if depth:
                call = value.value if isinstance(value, ast.Await) else value
                found = called(self.project, module, call) if isinstance(call, ast.Call) else None
                # A helper that refuses whatever it is given.
                what = self._nothing(found[1], found[0], depth - 1) if found else None
                return what if what == "refuses" else None
            case _:
                return None

    def _refuses(self, module: Module, raised: ast.expr) -> str | None:
        """Say that a method refuses; NotFoundError is an answer of a store that holds none."""
        name = module.names.resolve(raised.func if isinstance(raised, ast.Call) else raised) or ""
        if name.endswith("NotFoundError"):
            return None
        found = called(self.project, module, raised) if isinstance(raised, ast.Call) else None
        for node in within(found[0], ast.Return) if found is not None else ():
            if isinstance(node, ast.Return) and node.value is not None and found is not None:
                return self._refuses(found[1], node.value)
        return "refuses"


def _is_idle(statement: ast.stmt) -> bool:
    """Say whether a statement changes nothing: words, logs, parameters that are thrown away."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Delete(targets=[ast.Name() | ast.Tuple(), *_]):
            return True
        case ast.Assign(targets=[ast.Name(id="_")], value=ast.Name() | ast.Tuple()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name in {"debug", "info", "warning", "error", "warn"}
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
        case _:
            return False
