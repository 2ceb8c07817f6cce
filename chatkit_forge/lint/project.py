"""The files of one run, and those of the project that they import, found by module name."""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from .classes import Class
from .module import Module
from .source import decode

_ROOTS = (PurePosixPath(), PurePosixPath("src"))


class Project:
    """Find modules and classes by dotted name; what is not in the run is read when it is needed."""

    def __init__(self, root: Path) -> None:
        """Stand on the project's folder; nothing is read yet."""
        self._root = root
        self._modules: dict[str, Module | None] = {}
        self._classes: dict[Module, Mapping[str, Class]] = {}

    def add(self, path: PurePosixPath, text: str) -> Module:
        """Parse one file of the run; raises what `ast.parse` raises."""
        module = Module(str(path), module_name(path), text)
        self._modules[module.name] = module
        return module

    def classes(self, module: Module) -> Mapping[str, Class]:
        """Return the classes a module defines at any level, by name."""
        if module not in self._classes:
            found = {n.name: Class(n, module, self) for n in module.nodes(ast.ClassDef)}
            self._classes[module] = found
        return self._classes[module]

    def all_classes(self, modules: Iterable[Module]) -> Iterable[Class]:
        """Yield every class of these modules."""
        for module in modules:
            yield from self.classes(module).values()

    def has_heirs(self, found: Class) -> bool:
        """Say whether a class of the run derives from this one."""
        known = [module for module in self._modules.values() if module is not None]
        return any(
            found in each.lineage[1:] for module in known for each in self.classes(module).values()
        )

    def find_class(self, name: str, seen_from: Module, depth: int = 8) -> Class | None:
        """Return the project's class of that name, followed through re-exports."""
        local = self.classes(seen_from).get(name)
        if local is not None:
            return local
        package, _, last = name.rpartition(".")
        module = self.module(package) if package else None
        if module is None or depth == 0:
            return None
        found = self.classes(module).get(last)
        if found is not None:
            return found
        again = module.names.imported.get(last)
        return self.find_class(again, module, depth - 1) if again and again != name else None

    def module(self, name: str) -> Module | None:
        """Return the project's module of that name; None for others and for what does not parse."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> Module | None:
        if not all(part.isidentifier() for part in name.split(".")):
            return None
        for root in _ROOTS:
            base = root.joinpath(*name.split("."))
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                try:
                    data = (self._root / path).read_bytes()
                    return Module(str(path), name, decode(data))
                except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
                    continue  # not there, or no Python: told where it is checked itself
        return None


def module_name(path: PurePosixPath) -> str:
    """Return what Python imports a file as: "app.stores.mine" for src/app/stores/mine.py."""
    parts = list(path.with_suffix("").parts)
    if parts[:1] == ["src"] and len(parts) > 1:
        parts = parts[1:]
    if parts[-1:] == ["__init__"]:
        parts = parts[:-1]
    return ".".join(parts)
