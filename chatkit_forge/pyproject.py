"""Read what a project's pyproject.toml says about its packages, whatever builds it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import cast

from .errors import UsageError

# The lower bounds of a version, as pip and Poetry write them.
_FROM = re.compile(r"(?:>=?|~=?|\^|==)\s*3\.(\d+)")


@dataclass(frozen=True, slots=True)
class Declared:
    """Locate a package as a build backend sees it: folder, and the folder it is imported from."""

    folder: PurePosixPath
    import_root: PurePosixPath


@dataclass(frozen=True, slots=True)
class Pyproject:
    """Hold the parsed file; empty when the project has none."""

    project: Path
    data: dict[str, object] = field(default_factory=dict[str, object])

    def table(self, *keys: str) -> dict[str, object]:
        """Return the table under the keys, {} when there is none."""
        current = self.data
        for key in keys:
            inner = current.get(key)
            if not isinstance(inner, dict):
                return {}
            current = cast("dict[str, object]", inner)
        return current

    def dependencies(self) -> Iterator[str]:
        """Yield the names the project depends on at run time, as import names would be spelt."""
        for line in strings(self.table("project").get("dependencies")):
            name = re.match(r"[A-Za-z0-9._-]+", line.strip())
            if name is not None:
                yield import_name(name[0])

    def name(self) -> str | None:
        """Return the project's name as an import name."""
        for keys in (("project",), ("tool", "poetry")):
            name = self.table(*keys).get("name")
            if isinstance(name, str):
                return import_name(name)
        return None

    def lowest_python(self) -> tuple[int, int]:
        """Return the lowest version that the project asks for, (3, 0) where it does not say."""
        said = [
            self.table("project").get("requires-python"),
            self.table("tool", "poetry", "dependencies").get("python"),
        ]
        bounds = _FROM.findall(" ".join(text for text in said if isinstance(text, str)))
        return 3, max(map(int, bounds), default=0)


def load(project: Path) -> Pyproject:
    """Read `pyproject.toml` of a project; raise UsageError when it is not valid TOML."""
    try:
        text = (project / "pyproject.toml").read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return Pyproject(project)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"pyproject.toml cannot be read: {error}") from error
    try:
        return Pyproject(project, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"pyproject.toml is not valid TOML: {error}") from error


def declared_packages(pyproject: Pyproject) -> list[Declared]:
    """Return the packages that the build configuration names, in its order, each once."""
    found = dict.fromkeys(
        declared
        for reader in (_hatch, _uv, _poetry, _flit, _setuptools)
        for declared in reader(pyproject)
        if not declared.folder.is_absolute() and ".." not in declared.folder.parts
    )
    return list(found) or list(_named(pyproject))


def import_name(name: str) -> str:
    """Return the import name that goes with a distribution's name by convention."""
    return re.sub(r"[-_.]+", "_", name).lower()


def strings(value: object) -> list[str]:
    """Return the strings of a TOML array, or of a single string."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [item for item in cast("list[object]", value) if isinstance(item, str)]
    return []


def _hatch(pyproject: Pyproject) -> Iterator[Declared]:
    build = ("tool", "hatch", "build")
    for keys in ((*build, "targets", "wheel"), build):
        folders = strings(pyproject.table(*keys).get("packages"))
        for folder in map(PurePosixPath, folders):
            yield Declared(folder, folder.parent)
        if folders:
            return


def _uv(pyproject: Pyproject) -> Iterator[Declared]:
    table = pyproject.table("tool", "uv", "build-backend")
    if not table.keys() & {"module-name", "module-root"}:
        return
    root = table.get("module-root")
    names = strings(table.get("module-name")) or [pyproject.name() or ""]
    for name in filter(None, names):
        yield _in_root(root if isinstance(root, str) else "src", name)


def _poetry(pyproject: Pyproject) -> Iterator[Declared]:
    entries = pyproject.table("tool", "poetry").get("packages")
    if not isinstance(entries, list):
        return
    for entry in cast("list[object]", entries):
        if isinstance(entry, dict):
            table = cast("dict[str, object]", entry)
            include, root = table.get("include"), table.get("from", "")
            if isinstance(include, str) and isinstance(root, str) and "*" not in include:
                yield _in_root(root, include.strip("/").replace("/", "."))


def _flit(pyproject: Pyproject) -> Iterator[Declared]:
    name = pyproject.table("tool", "flit", "module").get("name")
    if isinstance(name, str):
        in_src = (pyproject.project / "src" / name.replace(".", "/")).exists()
        yield _in_root("src" if in_src else "", name)


def _setuptools(pyproject: Pyproject) -> Iterator[Declared]:
    table = pyproject.table("tool", "setuptools")
    mapping = pyproject.table("tool", "setuptools", "package-dir")
    root = mapping.get("", "")
    for name in strings(table.get("packages")):
        top = name.partition(".")[0]
        place = mapping.get(top)
        if isinstance(place, str):
            folder = PurePosixPath(place)
            if folder.name == top:  # anything else is not importable without being built
                yield Declared(folder, folder.parent)
        else:
            yield _in_root(root if isinstance(root, str) else "", top)
    find = pyproject.table("tool", "setuptools", "packages", "find")
    if find:
        yield from _found(pyproject, find)


def _found(pyproject: Pyproject, find: dict[str, object]) -> Iterator[Declared]:
    """Yield what setuptools' `find` would find: top-level packages that match its patterns."""
    include, exclude = strings(find.get("include")) or ["*"], strings(find.get("exclude"))
    for where in strings(find.get("where")) or ["."]:
        for marker in sorted((pyproject.project / where).glob("*/__init__.py")):
            name = marker.parent.name
            wanted = any(fnmatchcase(name, pattern) for pattern in include)
            if wanted and not any(fnmatchcase(name, pattern) for pattern in exclude):
                yield _in_root(where, name)


def _named(pyproject: Pyproject) -> Iterator[Declared]:
    """Yield the folder that carries the project's own name, in `src` or at the top."""
    name = pyproject.name()
    if name is None:
        return
    for root in ("src", ""):
        place = _in_root(root, name)
        if (pyproject.project / place.folder).is_dir():
            yield place
            return


def _in_root(root: str, dotted: str) -> Declared:
    """Return the place of a package below a root."""
    import_root = PurePosixPath(root)
    return Declared(import_root / dotted.replace(".", "/"), import_root)
