"""CKF109."""

import ast
from collections.abc import Iterator

from ..finding import Fix, Replace
from ..module import within
from ..rule import Rule

_SIMPLE: dict[type, str] = {str: "str", int: "int", float: "float", bool: "bool", bytes: "bytes"}
_MAY_BE_EMPTY = (ast.Tuple, ast.List, ast.Call)


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
        """Look at `x = []` inside a class of ChatKit's, also of two names at once."""
        if not isinstance(node.value, _MAY_BE_EMPTY):
            return  # most assignments
        owner = self.module.class_of(node) if _begins_empty(node) else None
        if owner is None or not self._is_ours(node) or "# type:" in self._line(node):
            return
        scope = self.module.function_of(node) or owner
        for target in node.targets:
            match target, node.value:
                case ast.Tuple(elts=targets), ast.Tuple(elts=values):
                    pairs = list(zip(targets, values, strict=False))
                case _:
                    pairs = [(target, node.value)]
            for one, value in pairs:
                if _is_empty(value):
                    self._look(node, one, scope, owner)

    def _look(
        self, node: ast.Assign, target: ast.expr, scope: ast.AST, owner: ast.ClassDef
    ) -> None:
        match target:
            case ast.Name(id=name) if scope is not owner:
                region, place = scope, (None, name)
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
                region, place = owner, ("self", name)
            case _:
                return
        if _annotated(region, name):
            return
        appended = list(_appended(region, place))
        # A list that is handed on whole, or only extended, gets its type where it is used.
        if not appended:
            return
        element = self._element(appended)
        fix = None
        if element is not None and node.targets == [target] and isinstance(target, ast.Name):
            code = f"{name}: list[{element}] = []"
            fix = Fix("safe", (Replace(self.module.span(node), code),))
        self.report(node, fix, variable=name, element=element or "...")

    def _line(self, node: ast.Assign) -> str:
        return self.module.lines[(node.end_lineno or node.lineno) - 1]

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


def _begins_empty(node: ast.Assign) -> bool:
    match node.value:
        case ast.Tuple(elts=values):
            return any(_is_empty(value) for value in values)
        case value:
            return _is_empty(value)


def _is_empty(value: ast.expr) -> bool:
    match value:
        case ast.List(elts=[]) | ast.Call(func=ast.Name(id="list"), args=[], keywords=[]):
            return True
        case _:
            return False


def _annotated(region: ast.AST, name: str) -> bool:
    """Say whether it is said elsewhere what the variable holds."""
    for node in within(region, ast.AnnAssign, ast.Global, ast.Nonlocal):
        match node:
            case ast.AnnAssign(target=ast.Name(id=other) | ast.Attribute(attr=other)):
                if other == name:
                    return True
            case ast.Global(names=names) | ast.Nonlocal(names=names) if name in names:
                return True
            case _:
                continue
    return False


def _appended(region: ast.AST, place: tuple[str | None, str]) -> Iterator[ast.expr]:
    """Yield what is appended to a variable, or to an attribute of `self`."""
    for node in within(region, ast.Call):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]
            ) if place == (None, name):
                yield value
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="self"), attr=name), attr="append"
                ),
                args=[value],
            ) if place == ("self", name):
                yield value
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="insert"), args=[_, value]
            ) if place == (None, name):
                yield value
            case _:
                continue
