"""CKF113."""

import ast
import sys

from ..classes import Class
from ..module import within
from ..rule import Rule


class LocalImport(Rule):
    """Find imports inside the methods of stores and servers.

    A misspelt name or a package that is not installed then fails in the middle of a request
    instead of at start-up. Under TYPE_CHECKING, in `try`, and for modules of one's own, where it
    may break a cycle, it is left alone.

    Bad:
        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[str]):
            async def delete_attachment(self, attachment_id: str, context: str) -> None:
                import logging

                logging.info("deleted %s", attachment_id)

    Good:
        import logging

        from chatkit.store import AttachmentStore


        class Uploads(AttachmentStore[str]):
            async def delete_attachment(self, attachment_id: str, context: str) -> None:
                logging.info("deleted %s", attachment_id)

    Source: imports run when they are reached.
    """

    code = "CKF113"
    name = "local-import"
    severity = "warning"
    message = "{module} is imported inside {method}()"
    hint = "import it at the top of the file"

    def visit_store(self, store: Class) -> None:
        """Look at a store."""
        self._class(store)

    def visit_attachment_store(self, store: Class) -> None:
        """Look at an attachment store."""
        self._class(store)

    def visit_server(self, server: Class) -> None:
        """Look at a server."""
        self._class(server)

    def _class(self, found: Class) -> None:
        for name, function in found.own.items():
            for node in within(function):
                match node:
                    case ast.Import(names=[alias, *_]):
                        source = alias.name
                    case ast.ImportFrom(module=str(module), level=0):
                        source = module
                    case _:
                        continue
                if _ours_to_say(source) and not self._may_fail(node):
                    self.report(node, module=source, method=name)

    def _may_fail(self, node: ast.AST) -> bool:
        return any(isinstance(parent, (ast.Try, ast.If)) for parent in self.module.ancestors(node))


def _ours_to_say(module: str) -> bool:
    first = module.partition(".")[0]
    return first in {"chatkit", "agents", "sqlmodel"} or first in sys.stdlib_module_names
