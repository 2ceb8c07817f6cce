"""CKF113."""

import ast
import sys

from ..classes import Class
from ..module import Function, within
from ..rule import Rule

# Words in conditions that ask what the program runs on, or only talk to type checkers.
_ABOUT_THE_PLACE = ("TYPE_CHECKING", "sys.", "platform", "os.name", "find_spec", "version")


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
            for node in within(function, ast.Import, ast.ImportFrom):
                match node:
                    case ast.Import(names=aliases):
                        sources = [alias.name for alias in aliases]
                    case ast.ImportFrom(module=str(module), level=0):
                        sources = [module]
                    case _:
                        continue
                source = next(filter(self._is_ours_to_say, sources), None)
                if source is not None and not self._may_fail(node, function):
                    self.report(node, module=source, method=name)

    def _is_ours_to_say(self, module: str) -> bool:
        first = module.partition(".")[0]
        if first not in {"chatkit", "agents", "sqlmodel"} | sys.stdlib_module_names:
            return False
        return self.project.module(module, self.module) is None  # one's own may break a cycle

    def _may_fail(self, node: ast.AST, function: Function) -> bool:
        """Say whether the import stands under a condition on what there is, or may be missing."""
        inner: ast.AST = node
        for parent in self.module.ancestors(node):
            if parent is function:
                return False
            if isinstance(parent, ast.Try) and inner in parent.body:
                words = [self.module.code(h.type) for h in parent.handlers if h.type is not None]
                if any("Import" in each or "ModuleNotFound" in each for each in words):
                    return True
                # Around this import alone, whatever is caught.
                if parent.body[0] is inner and parent.handlers and inner is node:
                    return True
            if isinstance(parent, ast.If) and any(
                word in self.module.code(parent.test) for word in _ABOUT_THE_PLACE
            ):
                return True
            inner = parent
        return False
