"""CKF103."""

import ast
import difflib

from ..binders import bound_by, root
from ..finding import Fix, Replace
from ..moved import moved
from ..rule import Rule


class UnknownSdkName(Rule):
    """Find names and modules that the installed SDK does not have.

    The import fails when the module is loaded. Many of these names come from older guides or were
    made up; where another module of the SDK has the name, that is the one that was meant.

    Bad:
        from chatkit.store import ThreadMetadata, InMemoryStore

        print(ThreadMetadata, InMemoryStore)

    Good:
        from chatkit.store import NotFoundError
        from chatkit.types import ThreadMetadata

        print(ThreadMetadata, NotFoundError)

    Source: the names the modules of the installed SDK bind.
    """

    code = "CKF103"
    name = "unknown-sdk-name"
    message = "{what}"
    hint = "{advice}"

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Look at `from chatkit.x import y`."""
        source = node.module or ""
        if node.level or source.partition(".")[0] != "chatkit":
            return
        names = self.sdk.modules.get(source)
        if names is None:
            if not self._guarded(node):
                self._no_module(node, source)
            return
        for alias in node.names:
            unknown = alias.name not in names and not alias.name.startswith(("*", "__"))
            if unknown and not self._guarded(node) and not self._is_own(source):
                self._no_name(node, source, alias)

    def visit_Import(self, node: ast.Import) -> None:
        """Look at `import chatkit.x`."""
        for alias in node.names:
            known = alias.name in self.sdk.modules
            if alias.name.startswith("chatkit.") and not known and not self._guarded(node):
                self._no_module(node, alias.name)

    def visit_module(self) -> None:
        """Look at `types.y` where `types` is a module of the SDK."""
        names = self.module.names
        # `import chatkit.types` names that module as well. Most files import none whole.
        known = self.sdk.modules.keys() & {*names.imported.values(), *names.modules}
        for node in self.module.nodes(ast.Attribute) if known else ():
            module = names.resolve(node.value)
            if module in known and node.attr not in self.sdk.modules[module]:
                self._read(node, module)

    def _read(self, node: ast.Attribute, module: str) -> None:
        first = root(node)
        # `server = DeskServer()` is an object from there on, and no module any more.
        if first is None or bound_by(self.module, first):
            return
        if self._is_own(module) or self._asked(node):
            return
        # A module that does not exist was reported where it is imported.
        missing = f"{module}.{node.attr}" in self.module.names.modules
        if not missing and not node.attr.startswith("__"):
            what = f"{module} has no {node.attr}"
            self.report(node, what=what, advice=self._advice(node.attr, module))

    def _is_own(self, module: str) -> bool:
        """Say whether the project has a package `chatkit` of its own with such a module."""
        return self.project.module(module, self.module) is not None

    def _asked(self, node: ast.AST) -> bool:
        """Say whether a condition asked before whether the name is there."""
        tests = (p.test for p in self.module.ancestors(node) if isinstance(p, (ast.If, ast.IfExp)))
        return any("hasattr(" in (code := self.module.code(t)) or "version" in code for t in tests)

    def _no_module(self, node: ast.Import | ast.ImportFrom, name: str) -> None:
        if self._is_own(name):
            return
        near = difflib.get_close_matches(name, self.sdk.modules, 1, 0.7)
        advice = f"did you mean {near[0]}?" if near else "chatkit ships no ready store or models"
        self.report(node, what=f"there is no module {name}", advice=advice)

    def _no_name(self, node: ast.ImportFrom, source: str, alias: ast.alias) -> None:
        homes = self._homes(alias.name)
        fix = None
        code = moved(self.module, node, alias, homes[0]) if len(homes) == 1 else None
        if code is not None:
            fix = Fix("safe", (Replace(self.module.span(node), code),))
        what = f"{source} has no {alias.name}"
        self.report(alias, fix, what=what, advice=self._advice(alias.name, source))

    def _homes(self, name: str) -> list[str]:
        """Return the modules that define a class or union of this name."""
        known = (*self.sdk.classes, *self.sdk.unions)
        return sorted({full.rpartition(".")[0] for full in known if full.endswith(f".{name}")})

    def _advice(self, name: str, source: str) -> str:
        homes = self._homes(name)
        if homes:
            return f"import it from {homes[0]}"
        from ...sdk_record import last_with  # noqa: PLC0415  only where something is found

        gone = last_with(source, name)
        if gone is not None:
            return f"chatkit {gone} was the last to have it; this is {self.sdk.version}"
        names = [each for each in self.sdk.modules.get(source, ()) if not each.startswith("_")]
        near = difflib.get_close_matches(name, sorted(names), 1, 0.75)
        return f"did you mean {near[0]}?" if near else "no module of chatkit has such a name"

    def _guarded(self, node: ast.AST) -> bool:
        """Say whether an import may fail: inside `try` with a handler for ImportError."""
        for parent in self.module.ancestors(node):
            if isinstance(parent, ast.With) and any(
                "suppress(" in self.module.code(item.context_expr) for item in parent.items
            ):
                return True
            if isinstance(parent, ast.Try):
                caught = {self.module.code(h.type) for h in parent.handlers if h.type}
                if any("Import" in c or "ModuleNotFound" in c or "Exception" in c for c in caught):
                    return True
                return any(handler.type is None for handler in parent.handlers)
        return False
