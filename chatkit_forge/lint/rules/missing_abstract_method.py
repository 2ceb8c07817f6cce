"""CKF101."""

from ...sdk_facts import Method
from ..classes import ATTACHMENT_STORE, SERVER, STORE, Class
from ..finding import AddImport, Append, Edit, Fix
from ..rule import Rule
from ..sdk_types import Written, parameter, written

# What fits on a line inside a class, for most formatters.
_WIDTH = 84


class MissingAbstractMethod(Rule):
    """Find stores and servers that lack a method the SDK asks for.

    Python refuses to create an object of such a class, and only then: a class that no test
    instantiates fails in production. Methods of base classes and mixins count, also from other
    files.

    Bad:
        from typing import Any

        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[dict[str, Any]]):
            '''Keep nothing.'''

    Good:
        from typing import Any

        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[dict[str, Any]]):
            async def delete_attachment(
                self, attachment_id: str, context: dict[str, Any]
            ) -> None:
                print("deleted", attachment_id)

    Source: the abstract methods of the installed chatkit.store and chatkit.server.
    """

    code = "CKF101"
    name = "missing-abstract-method"
    message = "{owner} lacks {methods}, which {base} asks for"
    hint = "write what is missing, or declare {owner} abstract if it is only a base of others"

    def visit_store(self, store: Class) -> None:
        """Hold a store against `Store`."""
        self._against(store, STORE)

    def visit_attachment_store(self, store: Class) -> None:
        """Hold an attachment store against `AttachmentStore`."""
        self._against(store, ATTACHMENT_STORE)

    def visit_server(self, server: Class) -> None:
        """Hold a server against `ChatKitServer`."""
        self._against(server, SERVER)

    def _against(self, found: Class, base: str) -> None:
        about = self.sdk.classes.get(base)
        asked = [m for m in about.methods.values() if m.is_abstract] if about is not None else []
        lacking = [method for method in asked if found.method(method.name) is None]
        # What a base of another package brings cannot be seen.
        if not lacking or not found.is_complete or found.is_abstract:
            return
        given = set(found.assigned())
        missing = [method for method in lacking if method.name not in given]
        # A base of others that is still abstract: those that derive from it are looked at.
        if missing and not self.project.has_heirs(found):
            span = self.module.span(found.node)
            edits: list[Edit] = []
            for method in missing:
                code, imports = self._stub(base, found, method)
                edits += [Append(span, code), *imports]
            self.report(
                found.node,
                Fix("unsafe", tuple(edits)),
                owner=found.name,
                methods=", ".join(f"{method.name}()" for method in missing),
                base=base,
            )

    def _stub(self, base: str, owner: Class, method: Method) -> tuple[str, list[AddImport]]:
        """Return a method with the SDK's own signature that says it is missing, and imports."""
        imports: list[AddImport] = []
        parameters = ["self"]
        for name in method.parameters:
            given = parameter(self.sdk, base, owner, method, name)
            if given is None and name == "context":
                given = Written("Any", (AddImport("typing", "Any"),))
            parameters.append(f"{name}: {given.code}" if given else name)
            imports += given.imports if given else ()
        returns = written(self.sdk, base, owner, method.returns)
        imports += returns.imports if returns else ()
        end = f") -> {returns.code}:" if returns else "):"
        head = f"{'async def' if method.is_async else 'def'} {method.name}("
        one = f"{head}{', '.join(parameters)}{end}"
        if len(one) > _WIDTH:
            one = "\n    ".join([head, *(f"{each}," for each in parameters)]) + f"\n{end}"
        text = f"{owner.name}.{method.name}() is not written yet"
        return f'{one}\n    raise NotImplementedError("{text}")\n', imports
