"""Imports of the template's own package: they become imports of the user's modules."""

import libcst as cst

from ..options import StoreClass
from .imports import Imports
from .names import PACKAGE, Renames

# The store that a server's templates are written for.
_STORE_MODULE = "stores.sqlite"
_ERRORS_MODULE = "stores.errors"


class OwnImports:
    """Point imports at the user's package, its store and its context type."""

    def __init__(self, names: Renames, imports: Imports, context_type: str) -> None:
        """Remember the names; `context_type` is what the module calls that type."""
        self._names = names
        self._imports = imports
        self._type = context_type

    def renamed(self, node: cst.ImportFrom) -> cst.ImportFrom | cst.RemovalSentinel:
        """Return the import as the user's package needs it; of other packages, as it is."""
        code = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
        if not node.relative and code.partition(".")[0] != PACKAGE:
            return node
        if code.rpartition(".")[2] == "context" and not self._names.context.generated:
            self._offer_context()
            return cst.RemoveFromParent()
        inside, store = code.removeprefix(f"{PACKAGE}."), self._names.store
        if store is not None and inside == _STORE_MODULE:
            return self._moved(node, store.module).with_changes(names=[self._store(store)])
        if self._names.errors is not None and inside == _ERRORS_MODULE:
            return self._moved(node, self._names.errors)
        if not node.relative:
            renamed = f"{self._names.package}{code.removeprefix(PACKAGE)}"
            node = node.with_changes(module=cst.parse_expression(renamed))
        if isinstance(node.names, cst.ImportStar):
            return node
        return node.with_changes(names=[self._alias(alias) for alias in node.names])

    def _offer_context(self) -> None:
        """Import the user's context type, where the module turns out to use it."""
        context = self._names.context
        if context.module is not None:
            alias = "" if self._type == context.expression else self._type
            self._imports.offer(context.module, context.expression, alias)

    def _store(self, store: StoreClass) -> cst.ImportAlias:
        """Return what to import, under another name where the module has taken its own."""
        called = self._names.classes.get("SqliteStore", store.name)
        alias = cst.AsName(cst.Name(called)) if called != store.name else None
        return cst.ImportAlias(cst.Name(store.name), alias)

    def _moved(self, node: cst.ImportFrom, module: str) -> cst.ImportFrom:
        """Import from the user's module, by a relative path where it is in the package."""
        inside = module.removeprefix(f"{self._names.package}.")
        relative = bool(node.relative) and inside != module
        return node.with_changes(
            module=cst.parse_expression(inside if relative else module),
            relative=node.relative if relative else (),
        )

    def _alias(self, alias: cst.ImportAlias) -> cst.ImportAlias:
        new = self._names.identifiers.get(alias.evaluated_name)
        return alias if new is None else alias.with_changes(name=cst.Name(new))
