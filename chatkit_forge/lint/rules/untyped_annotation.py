"""CKF108."""

import ast

from ...sdk_facts import Method
from ..annotations import CONTAINERS, all_parameters, bare
from ..classes import ATTACHMENT_STORE, SERVER, STORE, Class
from ..finding import AddImport, Annotate, Edit, Fix, Replace
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import may_be_class, named
from ..sdk_types import HELD, Written, parameter, written

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
            method = about.methods.get(name) if about else None
            returns = None
            if method and method.returns.startswith("Page[") and _is_name(function.returns):
                returns = written(self.sdk, base, found, method.returns)
            self._function(function, returns)
            if about and name in about.methods and self._is_plain(function):
                self._override(found, base, about.methods[name], function)
        # What the class keeps, and what its methods hold in between.
        for node in within(found.node, ast.AnnAssign):
            if isinstance(node, ast.AnnAssign):
                self._bare(node.annotation)

    def _is_plain(self, function: Function) -> bool:
        names = (self.module.names.resolve(d) or "?" for d in function.decorator_list)
        return all(name.rpartition(".")[2] in _PLAIN for name in names)

    def _function(self, function: Function, returns: Written | None) -> None:
        for each in all_parameters(function.args):
            if each.annotation is not None:
                self._bare(each.annotation)
        if function.returns is not None:
            self._bare(function.returns, returns)

    def _override(self, owner: Class, base: str, method: Method, function: Function) -> None:
        """Look for parameters and a return without any type."""
        plain = [*function.args.posonlyargs, *function.args.args][1:]
        lacking = [p for p in (*plain, *function.args.kwonlyargs) if p.annotation is None]
        names = [each.arg for each in lacking]
        if function.returns is None:
            names.append("what it returns")
        if names:
            what = f"{owner.name}.{function.name}() has no type for {', '.join(names)}"
            fix = self._typed(owner, base, method, function, lacking)
            self.report(
                function, fix, what=what, advice="take the types of the method it overrides"
            )

    def _typed(
        self, owner: Class, base: str, method: Method, function: Function, lacking: list[ast.arg]
    ) -> Fix | None:
        """Return the fix that writes the SDK's types, as many of them as are certain."""
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs][1:]
        names = tuple(each.arg for each in given)
        if isinstance(function, ast.AsyncFunctionDef) != method.is_async:
            return None  # a generator or a mistake: what it returns is another thing
        if names[: len(method.parameters)] != method.parameters:
            return None
        edits: list[Edit] = []
        for each in lacking:
            found = parameter(self.sdk, base, owner, method, each.arg)
            if found is not None:
                edits += [Annotate(self.module.span(each), found.code), *found.imports]
        found = written(self.sdk, base, owner, method.returns)
        if function.returns is None and found is not None:
            edits += [Annotate(self.module.span(function), found.code), *found.imports]
        return Fix("safe", tuple(edits)) if edits else None

    def _is_page(self, annotation: ast.expr) -> bool:
        if not isinstance(annotation, (ast.Name, ast.Attribute)):
            return False
        name = self.module.names.resolve(annotation)
        # What is imported as something else need not be asked for what binds it, nor `str`.
        if name is None or not (name.endswith(".Page") if "." in name else may_be_class(name)):
            return False
        return named(self.sdk, self.module, annotation) == "chatkit.types.Page"

    def _bare(self, annotation: ast.expr, returns: Written | None = None) -> None:
        if self._is_page(annotation):
            advice, fix = "write Page[ThreadItem] or Page[ThreadMetadata]", None
            if returns is not None and returns.code.startswith("Page["):
                held = returns.code.removeprefix("Page")
                code = f"{self.module.code(annotation)}{held}"
                # Page itself is there already, by whatever name.
                imports = (each for each in returns.imports if each.name != "Page")
                fix = Fix("safe", (Replace(self.module.span(annotation), code), *imports))
            self.report(annotation, fix, what="bare Page: what does it hold?", advice=advice)
        if isinstance(annotation, ast.Name) and annotation.id not in CONTAINERS:
            return  # most annotations: there is nothing inside
        for node, name in bare(annotation):
            fix = None
            if isinstance(node, ast.Name) and name in HELD:
                edit = Replace(self.module.span(node), HELD[name])
                fix = Fix("safe", (edit, AddImport("typing", "Any")))
            held = HELD.get(name.lower(), f"{name}[...]")
            self.report(node, fix, what=f"bare {name}: what does it hold?", advice=f"write {held}")


def _is_name(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, (ast.Name, ast.Attribute))
