"""CKF108."""

import ast

from ..annotations import all_parameters, bare
from ..classes import ATTACHMENT_STORE, SERVER, STORE, Class
from ..finding import AddImport, Fix, Replace
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import named

_HELD = {"dict": "dict[str, Any]", "list": "list[Any]", "set": "set[Any]"}
_BASES = {STORE, ATTACHMENT_STORE, SERVER}
# A base that has another name here was given its context where it got that name.
_WRITTEN = _BASES | {f"chatkit.server.{name}" for name in ("Store", "AttachmentStore")}
# Decorators that leave a method what it is.
_PLAIN = {"override", "abstractmethod"}


class UntypedAnnotation(Rule):
    """Find types in stores and servers that do not say what they hold.

    A bare `dict` or an unparametrised `Store` switches the type checker off for everything that
    goes through it, and with it the one tool that sees half of the mistakes made here.

    Bad:
        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[dict]):
            async def delete_attachment(self, attachment_id: str, context: dict) -> None:
                print("deleted", attachment_id)

    Good:
        from typing import Any

        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[dict[str, Any]]):
            async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
                print("deleted", attachment_id)

    Source: pyright's strict mode; a bare container is a container of Unknown.
    """

    code = "CKF108"
    name = "untyped-annotation"
    severity = "warning"
    message = "{what}"
    hint = "{advice}"

    def visit_store(self, store: Class) -> None:
        """Look at a store."""
        self._class(store, STORE)

    def visit_attachment_store(self, store: Class) -> None:
        """Look at an attachment store."""
        self._class(store, ATTACHMENT_STORE)

    def visit_server(self, server: Class) -> None:
        """Look at a server."""
        self._class(server, SERVER)

    def _class(self, found: Class, base: str) -> None:
        for node, base_is in zip(found.node.bases, found.bases, strict=False):
            if isinstance(node, ast.Subscript):
                self._bare(node.slice)
            elif base_is in _BASES and self.module.names.resolve(node) in _WRITTEN:
                short = str(base_is).rpartition(".")[2]
                advice = f"say which context it is for: {short}[RequestContext]"
                self.report(node, what=f"{short} without its context's type", advice=advice)
        about = self.sdk.classes.get(base)
        for name, function in found.own.items():
            self._function(function)
            if about and name in about.methods and self._is_plain(function):
                self._override(found.name, function)
        # What the class keeps, and what its methods hold in between.
        for node in within(found.node, ast.AnnAssign):
            if isinstance(node, ast.AnnAssign):
                self._bare(node.annotation)

    def _is_plain(self, function: Function) -> bool:
        names = (self.module.names.resolve(d) or "?" for d in function.decorator_list)
        return all(name.rpartition(".")[2] in _PLAIN for name in names)

    def _function(self, function: Function) -> None:
        for parameter in all_parameters(function.args):
            if parameter.annotation is not None:
                self._bare(parameter.annotation)
        if function.returns is not None:
            self._bare(function.returns)

    def _override(self, owner: str, function: Function) -> None:
        """Look for parameters and a return without any type."""
        plain = [*function.args.posonlyargs, *function.args.args][1:]
        lacking = [p.arg for p in (*plain, *function.args.kwonlyargs) if p.annotation is None]
        if function.returns is None:
            lacking.append("what it returns")
        if lacking:
            what = f"{owner}.{function.name}() has no type for {', '.join(lacking)}"
            self.report(function, what=what, advice="take the types of the method it overrides")

    def _bare(self, annotation: ast.expr) -> None:
        if named(self.sdk, self.module, annotation) == "chatkit.types.Page":
            advice = "write Page[ThreadItem] or Page[ThreadMetadata]"
            self.report(annotation, what="bare Page: what does it hold?", advice=advice)
        for node, name in bare(annotation):
            fix = None
            if isinstance(node, ast.Name) and name in _HELD:
                edit = Replace(self.module.span(node), _HELD[name])
                fix = Fix("safe", (edit, AddImport("typing", "Any")))
            held = _HELD.get(name.lower(), f"{name}[...]")
            self.report(node, fix, what=f"bare {name}: what does it hold?", advice=f"write {held}")
