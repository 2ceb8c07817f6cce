"""CKF101."""

from ...sdk_facts import Method
from ..classes import ATTACHMENT_STORE, SERVER, STORE, Class
from ..finding import Append, Fix
from ..rule import Rule


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
        # What a base of another package brings cannot be seen.
        if about is None or not found.is_complete or found.is_abstract:
            return
        given = set(found.assigned()).union(*(owner.own for owner in found.lineage))
        missing = [m for m in about.methods.values() if m.is_abstract and m.name not in given]
        # A base of others that is still abstract: those that derive from it are looked at.
        if missing and not self.project.has_heirs(found):
            span = self.module.span(found.node)
            self.report(
                found.node,
                Fix("unsafe", tuple(Append(span, _stub(method)) for method in missing)),
                owner=found.name,
                methods=", ".join(f"{method.name}()" for method in missing),
                base=base,
            )


def _stub(method: Method) -> str:
    """Return a method that says it is missing, with the SDK's own signature."""
    parameters = ", ".join(("self", *method.parameters))
    kind = "async def" if method.is_async else "def"
    return f'{kind} {method.name}({parameters}):\n    raise NotImplementedError("{method.name}")\n'
