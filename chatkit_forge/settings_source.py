"""Follow names through a user's modules to where they are bound, reading source, running none."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

# Longer chains of imports than this are circles.
_FARTHEST = 6


@dataclass(frozen=True, slots=True)
class Origin:
    """Say where an imported name comes from: `from ..core import cfg` is 2, "core", "cfg"."""

    level: int
    module: str
    name: str


class Module:
    """Answer what one parsed module binds at module level, and where that comes from."""

    def __init__(self, path: Path, depth: int = 0) -> None:
        """Parse the file; raises OSError, ValueError, SyntaxError or RecursionError."""
        self.path = path
        self._depth = depth
        self._tree = ast.parse(path.read_text(encoding="utf-8-sig"), path.name)

    @cached_property
    def _statements(self) -> list[ast.stmt]:
        return list(_module_level(self._tree.body))

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Return the classes by name."""
        return {node.name: node for node in self._statements if isinstance(node, ast.ClassDef)}

    @cached_property
    def _returns(self) -> dict[str, ast.expr]:
        functions = [node for node in self._statements if isinstance(node, ast.FunctionDef)]
        return {node.name: node.returns for node in functions if node.returns is not None}

    @cached_property
    def _from_imports(self) -> list[tuple[str, Origin]]:
        return [
            (alias.asname or alias.name, Origin(node.level, node.module or "", alias.name))
            for node in self._statements
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        ]

    @cached_property
    def _imports(self) -> dict[str, Origin]:
        return dict(self._from_imports)

    def is_always(self, expression: ast.expr, dotted: str) -> bool:
        """Say whether the expression stands for `dotted` whichever of its imports has run."""
        if self.qualified(expression) != dotted:
            return False
        # In a `try`, or by the version, one name may come from several modules.
        name = expression.id if isinstance(expression, ast.Name) else ""
        return len({origin for bound, origin in self._from_imports if bound == name}) < 2

    @cached_property
    def _values(self) -> dict[str, ast.expr]:
        found: dict[str, ast.expr] = {}
        for node in self._statements:
            match node:
                case ast.Assign(targets=targets, value=value):
                    found.update({t.id: value for t in targets if isinstance(t, ast.Name)})
                case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                    found[name] = value
                case _:
                    pass  # nothing else gives a value to a name that settings could have
        return found

    def binds(self, name: str) -> bool:
        """Say whether the module has this name."""
        return any(name in names for names in (self.classes, self._imports, self._values))

    def qualified(self, expression: ast.expr) -> str:
        """Return the dotted name that an expression stands for, through the module's imports."""
        match expression:
            case ast.Name(id=name):
                origin = self._imports.get(name)
                if origin is None:
                    return self._modules.get(name, name)
                inside = f"{origin.module}." if origin.module else ""
                return f"{'.' * origin.level}{inside}{origin.name}"
            case ast.Attribute(value=above, attr=name):
                return f"{self.qualified(above)}.{name}"
            case _:
                return ""

    @cached_property
    def _modules(self) -> dict[str, str]:
        plain = [node for node in self._statements if isinstance(node, ast.Import)]
        return {a.asname: a.name for node in plain for a in node.names if a.asname}

    def is_type_variable(self, name: str) -> bool:
        """Say whether the name is a `TypeVar`, or nothing that the module binds."""
        match self._values.get(name):
            case ast.Call(func=maker):
                return self.qualified(maker).rpartition(".")[2] == "TypeVar"
            case _:
                return not self.binds(name)

    def home_of(self, expression: ast.Name | ast.Attribute, root: Path) -> str | None:
        """Return the module that the named thing can be imported from; None: it cannot be told.

        `root` is the folder that this module itself is imported from.
        """
        if not self.path.is_relative_to(root):
            return None
        own = self.path.relative_to(root).with_suffix("").parts
        dotted = self.qualified(expression)
        level = len(dotted) - len(dotted.lstrip("."))
        module = dotted.lstrip(".").rpartition(".")[0]
        if level:
            return ".".join([*own[: len(own) - level], *filter(None, [module])]) or None
        if module:
            return module
        here = own[:-1] if own[-1] == "__init__" else own
        return ".".join(here) if self.binds(dotted) else None

    def class_of(self, name: str) -> tuple["Module", ast.ClassDef] | None:
        """Return the class that `name` is an instance of, and its module, if that can be seen."""
        match self._values.get(name):
            case ast.Call(func=ast.Name(id=maker)):
                returned = self._returns.get(maker)
                return self.find_class(returned.id if isinstance(returned, ast.Name) else maker)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=maker))):
                return self.find_class(maker)  # Settings.model_validate(...) and its like
            case ast.Name(id=other) if other not in self._values:
                return self.class_of(other)
            case _:
                origin = self._imports.get(name)
                module = self._follow(origin) if origin else None
                return module.class_of(origin.name) if module and origin else None

    def find_class(self, name: str) -> tuple["Module", ast.ClassDef] | None:
        """Return the class of this name, here or where it is imported from, and its module."""
        if name in self.classes:
            return self, self.classes[name]
        origin = self._imports.get(name)
        module = self._follow(origin) if origin else None
        return module.find_class(origin.name) if module and origin else None

    def definition(self, expression: ast.expr) -> tuple["Module", ast.ClassDef | ast.expr] | None:
        """Return the class or the value that a name stands for, and the module that has it."""
        if isinstance(expression, ast.Name):
            here = self.classes.get(expression.id) or self._values.get(expression.id)
            if here is not None:
                return self, here
        dotted = self.qualified(expression)
        level = len(dotted) - len(dotted.lstrip("."))
        home, _, name = dotted.lstrip(".").rpartition(".")
        module = self._follow(Origin(level, home, name)) if home or level else None
        return module.definition(ast.Name(name)) if module else None

    def lineage(
        self, start: ast.ClassDef, below: tuple[ast.ClassDef, ...] = ()
    ) -> Iterator[ast.ClassDef]:
        """Yield the class's bases as far as they can be seen, the most basic first, then it."""
        for base in reversed(start.bases):
            found = self.find_class(base.id) if isinstance(base, ast.Name) else None
            if found is not None and found[1] not in (*below, start):
                yield from found[0].lineage(found[1], (*below, start))
        yield start

    def _follow(self, origin: Origin) -> "Module | None":
        """Return the project's own module that a name comes from; None when it is another's."""
        if self._depth >= _FARTHEST:
            return None
        tail = origin.module.split(".") if origin.module else []
        parents = list(self.path.parents)
        # An absolute import begins at a folder above; which one, only the place itself shows.
        near, far = (origin.level - 1, origin.level) if origin.level else (0, _FARTHEST)
        for root in parents[near:far]:
            place = root.joinpath(*tail)
            for path in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
                if path.is_file() and path != self.path:
                    try:
                        return Module(path, self._depth + 1)
                    except (OSError, ValueError, SyntaxError, RecursionError):
                        return None  # the type check before writing says what is wrong with it
        return None


def find_module(
    project: Path, dotted: str, roots: Iterable[PurePosixPath]
) -> tuple[PurePosixPath, PurePosixPath] | None:
    """Return the root that a module of the project is imported from, and its file, if any."""
    relative = PurePosixPath(dotted.replace(".", "/"))
    for root in roots:
        for end in (relative.with_name(f"{relative.name}.py"), relative / "__init__.py"):
            if (project / root / end).is_file():
                return root, root / end
    return None


def open_module(
    project: Path, dotted: str, roots: Iterable[PurePosixPath]
) -> tuple[Path, Module] | None:
    """Return the folder that a module is imported from, and the module; None: it is not here.

    What does not parse is left to the type check, which says what is wrong with it.
    """
    found = find_module(project, dotted, roots)
    if found is None:
        return None
    try:
        return project / found[0], Module(project / found[1])
    except (OSError, ValueError, SyntaxError, RecursionError):
        return None


def _module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when the module is imported, inside if and try as well."""
    for node in body:
        yield node
        match node:
            case ast.If(body=inner, orelse=other):
                yield from _module_level([*inner, *other])
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=last):
                caught = [line for handler in handlers for line in handler.body]
                yield from _module_level([*inner, *caught, *other, *last])
            case ast.With(body=inner):
                yield from _module_level(inner)
            case _:
                pass  # a function's or class's body does not bind module-level names
