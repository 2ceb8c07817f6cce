"""CKF113."""

import ast
import sys
from collections.abc import Iterator

from ..classes import Class
from ..finding import AddImport, Edit, Fix, Replace
from ..module import Function, Module, within
from ..rule import Rule

# Words in conditions that ask what the program runs on, or only talk to type checkers.
_ABOUT_THE_PLACE = ("TYPE_CHECKING", "sys.", "platform", "os.name", "find_spec", "version")

# Statements in a body that another one may be taken out of.
_AT_LEAST = 2


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
                    fix = self._moved(node, sources)
                    self.report(node, fix, module=source, method=name)

    def _moved(self, node: ast.Import | ast.ImportFrom, sources: list[str]) -> Fix | None:
        """Return the fix that moves an import to the top, where nothing has these names.

        None when the file gives one of the names to something else, when some of what is imported
        may break a cycle, or when the statement is all that a body holds.
        """
        if not all(self._is_ours_to_say(source) for source in sources):
            return None
        top: dict[str, str] = {}
        for other in self.module.tree.body:
            if isinstance(other, (ast.Import, ast.ImportFrom)):
                top |= dict(_brought(other))
        taken = _bound(self.module, node)
        for local, full in _brought(node):
            if local in taken or top.get(local, full) != full:
                return None
        body = _body(self.module.parents[node], node)
        if body is None or len(body) < _AT_LEAST:
            return None
        code = self.module.code(node)
        # A comment beside it, or above it, would be lost.
        alone = self.module.lines[node.lineno - 1].strip() == code
        above = self.module.lines[node.lineno - 2].strip().startswith("#")
        if "\n" in code or "*" in code or above or not alone:
            return None
        edits: list[Edit] = [Replace(self.module.span(node), "")]
        for local, full in _brought(node):
            if local in top:
                continue
            package, _, last = full.rpartition(".")
            alias = local if local != last else None
            if isinstance(node, ast.ImportFrom):
                edits.append(AddImport(package, last, alias))
            else:
                edits.append(AddImport(full, None, local if local != full else None))
        return Fix("safe", tuple(edits))

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
            if isinstance(parent, ast.ExceptHandler) and _is_absence(self.module, parent):
                return True  # what stands in for a package that is missing
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


def _is_absence(module: Module, handler: ast.ExceptHandler) -> bool:
    """Say whether an error is caught that says a package is not there."""
    words = module.code(handler.type) if handler.type is not None else "ImportError"
    return "ImportError" in words or "ModuleNotFound" in words


def _brought(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Yield each name that an import binds, with what it stands for."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif alias.asname is not None:
            yield alias.asname, alias.name
        else:
            yield alias.name, alias.name


def _bound(module: Module, node: ast.Import | ast.ImportFrom) -> set[str]:
    """Return the names that a file binds anywhere to something else than this import does."""
    found = {n.id for n in module.nodes(ast.Name) if not isinstance(n.ctx, ast.Load)}
    found |= {n.arg for n in module.nodes(ast.arg)}
    for kind in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        found |= {n.name for n in module.nodes(kind)}
    given = dict(_brought(node))
    for kind in (ast.Import, ast.ImportFrom):
        for other in module.nodes(kind):
            found |= {n for n, full in _brought(other) if given.get(n, full) != full}
    return found


def _body(parent: ast.AST, node: ast.AST) -> list[ast.stmt] | None:
    """Return the statements that one stands among."""
    for name in ("body", "orelse", "finalbody"):
        body: list[ast.stmt] = getattr(parent, name, [])
        if any(each is node for each in body):
            return body
    return None
