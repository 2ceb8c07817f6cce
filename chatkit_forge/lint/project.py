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
        self._files: dict[PurePosixPath, Module | None] = {}
        # By the folder, and then by the module, that a name is looked up from.
        self._modules: dict[tuple[str, str | None], Module | None] = {}
        self._seen: dict[tuple[str, Module | None], Module | None] = {}
        self._import_roots: dict[PurePosixPath, PurePosixPath] = {}
        self._classes: dict[Module, Mapping[str, Class]] = {}
        self._found: dict[tuple[str, Module], Class | None] = {}

    def add(self, path: PurePosixPath, text: str) -> Module:
        """Take one file of the run."""
        module = self._files[path] = Module(str(path), module_name(path), text)
        module.project = self
        return module

    def leave(self, module: Module) -> None:
        """Take back one that is none of the run's; it is read again if something imports it."""
        self._files.pop(PurePosixPath(module.path), None)

    def classes(self, module: Module) -> Mapping[str, Class]:
        """Return the classes a module defines at any level, by name."""
        if module not in self._classes:
            self._classes[module] = {
                each.name: Class(each, module, self)
                for each in module.definitions
                if isinstance(each, ast.ClassDef)
            }
        return self._classes[module]

    def all_classes(self, modules: Iterable[Module]) -> Iterable[Class]:
        """Yield every class of these modules."""
        for module in modules:
            yield from self.classes(module).values()

    def known(self) -> list[Module]:
        """Return the modules of the run, and those that were read for them so far."""
        modules = list(self._files.values())
        return [module for module in modules if module is not None and module.error is None]

    def has_heirs(self, found: Class) -> bool:
        """Say whether a class of the run derives from this one."""
        return any(
            found in each.lineage[1:]
            for module in self.known()
            for each in self.classes(module).values()
        )

    def find_class(self, name: str, seen_from: Module) -> Class | None:
        """Return the project's class of that name, followed through re-exports."""
        key = (name, seen_from)
        if key not in self._found:
            self._found[key] = self._find_class(name, seen_from, 8)
        return self._found[key]

    def _find_class(self, name: str, seen_from: Module, depth: int) -> Class | None:
        local = self.classes(seen_from).get(name)
        if local is not None:
            return local
        package, _, last = name.rpartition(".")
        module = self.module(package, seen_from) if package else None
        if module is None or depth == 0:
            return None
        found = self.classes(module).get(last)
        if found is not None:
            return found
        again = module.names.imported.get(last)
        if again is not None:
            return self._find_class(again, module, depth - 1) if again != name else None
        stars = (
            self._find_class(f"{star}.{last}", module, depth - 1) for star in module.names.stars
        )
        return next(filter(None, stars), None)

    def aliased(self, name: str, seen_from: Module, depth: int = 4) -> str:
        """Return what a name was made another name of, as in `Base = Store[Context]`."""
        package, _, last = name.rpartition(".")
        home = self.module(package, seen_from) if package else seen_from
        if home is None or depth == 0 or last in self.classes(home):
            return name
        for node in home.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == last:
                    plain = value.value if isinstance(value, ast.Subscript) else value
                    meant = home.names.resolve(plain)
                    return self.aliased(meant, home, depth - 1) if meant else name
                case _:
                    continue
        return name

    def module(self, name: str, seen_from: Module | None = None) -> Module | None:
        """Return the project's module of that name; None for others and for what does not parse.

        A project may hold several programs: the names of one count from where its packages begin.
        """
        key = (name, seen_from)
        if key not in self._seen:
            folder = seen_from.path.rpartition("/")[0] if seen_from else None
            if (name, folder) not in self._modules:
                near = self._import_root(PurePosixPath(folder)) if folder is not None else None
                found = self._find(name, (near, *_ROOTS) if near else _ROOTS)
                self._modules[name, folder] = found
            self._seen[key] = self._modules[name, folder]
        return self._seen[key]

    def _find(self, name: str, roots: Iterable[PurePosixPath]) -> Module | None:
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for root in dict.fromkeys(roots):
            base = root.joinpath(*parts)
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                if path not in self._files:
                    self._files[path] = self._read(path)
                module = self._files[path]
                if module is not None and module.error is None:
                    module.project = self
                    return module
        return None

    def _read(self, path: PurePosixPath) -> Module | None:
        try:
            return Module(str(path), module_name(path), decode((self._root / path).read_bytes()))
        except (OSError, ValueError, LookupError):
            return None  # not there, or no text: told where it is checked itself

    def _import_root(self, folder: PurePosixPath) -> PurePosixPath:
        """Return the folder that the names of its files' packages count from."""
        if folder not in self._import_roots:
            top = folder
            while top.name and (self._root / top / "__init__.py").is_file():
                top = top.parent
            self._import_roots[folder] = top
        return self._import_roots[folder]


def module_name(path: PurePosixPath) -> str:
    """Return what Python imports a file as: "app.stores.mine" for src/app/stores/mine.py."""
    parts = list(path.with_suffix("").parts)
    if parts[:1] == ["src"] and len(parts) > 1:
        parts = parts[1:]
    if parts[-1:] == ["__init__"]:
        parts = parts[:-1]
    return ".".join(parts)
