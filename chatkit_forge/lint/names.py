"""Say what a name in a module stands for: `s.Store` is `chatkit.store.Store` after an import."""

import ast
from collections.abc import Iterable


class Names:
    """Hold the imports of one module, wherever in it they stand."""

    def __init__(self, module: str, is_package: bool, imports: Iterable[ast.AST]) -> None:
        """Read the import statements of the module called `module`, such as "app.stores.mine"."""
        self._package = module if is_package else module.rpartition(".")[0]
        self.imported: dict[str, str] = {}
        self.stars: list[str] = []
        self.modules: set[str] = set()
        self._resolved: dict[ast.expr, str | None] = {}
        for node in imports:
            match node:
                case ast.Import(names=aliases):
                    for alias in aliases:
                        self.modules.add(alias.name)
                        name = alias.asname or alias.name.partition(".")[0]
                        self.imported[name] = alias.name if alias.asname else name
                case ast.ImportFrom(names=aliases):
                    source = self.source(node)
                    for alias in aliases:
                        if alias.name == "*":
                            self.stars.append(source)
                        else:
                            self.imported[alias.asname or alias.name] = f"{source}.{alias.name}"
                case _:
                    continue

    def source(self, node: ast.ImportFrom) -> str:
        """Return the absolute name of the module that is imported from."""
        if not node.level:
            return node.module or ""
        base = self._package.split(".") if self._package else []
        base = base[: len(base) - (node.level - 1)]
        return ".".join([*base, *([node.module] if node.module else [])])

    def resolve(self, node: ast.expr) -> str | None:
        """Return the dotted name an expression stands for, None when it is no plain name.

        A name that was not imported stands for itself.
        """
        if isinstance(node, ast.Name):  # as most of the thousand that are asked of a file
            return self.imported.get(node.id, node.id)
        try:
            return self._resolved[node]
        except KeyError:
            found = self._resolved[node] = self._resolve(node)
            return found

    def _resolve(self, node: ast.expr) -> str | None:
        name = dotted(node)
        if name is None:
            return None
        first, dot, rest = name.partition(".")
        return f"{self.imported.get(first, first)}{dot}{rest}"


def dotted(node: ast.expr) -> str | None:
    """Return "a.b.c" for a chain of attributes on a name, however long, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def last_name(func: ast.expr) -> str:
    """Return what a called function is named: "get" of `self.rows.get`; "" where it has no name."""
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
