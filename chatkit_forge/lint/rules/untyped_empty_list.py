"""CKF109."""

import ast

from ..finding import Fix, Replace
from ..module import Function, within
from ..rule import Rule

_SIMPLE: dict[type, str] = {str: "str", int: "int", float: "float", bool: "bool", bytes: "bytes"}


class UntypedEmptyList(Rule):
    """Find lists that begin empty without saying what they will hold, in stores and servers.

    A type checker takes such a list for a list of anything: what is appended to it, and what is
    read from it, goes unchecked.

    Bad:
        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[str]):
            async def delete_attachment(self, attachment_id: str, context: str) -> None:
                gone = []
                gone.append(str(attachment_id))
                print(gone)

    Good:
        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[str]):
            async def delete_attachment(self, attachment_id: str, context: str) -> None:
                gone: list[str] = []
                gone.append(str(attachment_id))
                print(gone)

    Source: pyright's strict mode; an empty list is a list of Unknown.
    """

    code = "CKF109"
    name = "untyped-empty-list"
    severity = "warning"
    message = "{variable} begins as an empty list and does not say what it holds"
    hint = "write {variable}: list[{element}] = []"

    def visit_Assign(self, node: ast.Assign) -> None:
        """Look at `x = []` inside a method of a ChatKit class."""
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])):
                function = self.module.function_of(node)
            case _:
                return
        if function is None or not self._is_ours(node) or _annotated(function, name):
            return
        appended = list(_appended(function, name))
        # A list that is handed on whole, or only extended, gets its type where it is used.
        if not appended:
            return
        element = self._element(appended)
        fix = None
        if element is not None:
            code = f"{name}: list[{element}] = []"
            fix = Fix("safe", (Replace(self.module.span(node), code),))
        self.report(node, fix, variable=name, element=element or "...")

    def _is_ours(self, node: ast.AST) -> bool:
        owner = self.module.class_of(node)
        found = self.project.classes(self.module).get(owner.name) if owner else None
        return found is not None and (
            found.is_store or found.is_server or found.is_attachment_store
        )

    def _element(self, appended: list[ast.expr]) -> str | None:
        """Return the type of everything that is appended, when it is one and can be named."""
        found = {self._type(value) for value in appended}
        return found.pop() if len(found) == 1 else None

    def _type(self, value: ast.expr) -> str | None:
        match value:
            case ast.Constant(value=constant):
                return _SIMPLE.get(type(constant))
            case ast.JoinedStr():
                return "str"
            case ast.Call(func=ast.Name(id=name)) if name in {"str", "int", "float", "bool"}:
                return name
            case ast.Call(func=(ast.Name() | ast.Attribute()) as func):
                name = self.module.names.resolve(func) or ""
                if name in self.sdk.classes or name in self.project.classes(self.module):
                    return self.module.code(func)
                return None
            case _:
                return None


def _annotated(function: Function, name: str) -> bool:
    """Say whether the function says elsewhere what the variable holds."""
    for node in within(function):
        match node:
            case ast.AnnAssign(target=ast.Name(id=other)) if other == name:
                return True
            case ast.Global(names=names) | ast.Nonlocal(names=names) if name in names:
                return True
            case _:
                continue
    return False


def _appended(function: Function, name: str) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in within(function):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=other), attr="append"), args=[value]
            ) if other == name:
                found.append(value)
            case _:
                continue
    return found
