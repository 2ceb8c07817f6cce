"""See from the files of a project which packages it has and how it imports them."""

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from .pyproject import Declared

# Folders that hold Python files but never the application.
_ASIDE = frozenset({
    "alembic", "benchmarks", "bin", "build", "ci", "dist", "doc", "docs", "env", "example",
    "examples", "migrations", "node_modules", "notebooks", "scripts", "test", "tests", "tools",
    "venv", "versions",
})  # fmt: skip
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
# Far more than a project has; somebody's whole home folder is not searched.
_MAX_ENTRIES = 20_000
_MAX_BYTES = 400_000
_TOP = PurePosixPath(".")
_SRC = PurePosixPath("src")


class Layout:
    """Answer questions about the folders and imports of one project."""

    def __init__(self, project: Path) -> None:
        self._project = project

    def packages(self) -> list[Declared]:
        """Return the packages that can be seen; several when it cannot be told which is meant."""
        if self.src_is_package:
            return [Declared(_SRC, _TOP)]
        regular = [
            Declared(root / name, root)
            for root in (_SRC, _TOP)
            for name in self._folders(root)
            if (self._project / root / name / "__init__.py").is_file()
        ]
        # A folder without __init__.py is a package when something imports it by its name.
        return regular or [
            Declared(root / name, root)
            for root in (_SRC, _TOP)
            for name in self._folders(root)
            if name in self.imported and self._has_python(root / name)
        ]

    @cached_property
    def src_is_package(self) -> bool:
        """Say whether `src` itself is the package, an older habit: `from src.models import ...`."""
        if (self._project / _SRC / "__init__.py").is_file():
            return True
        return self._has_python(_SRC) and "src" in self.imported

    @cached_property
    def imported(self) -> frozenset[str]:
        """Return the first part of every absolute import in the project's Python files."""
        found: set[bytes] = set()
        for path in self._python_files():
            with path.open("rb") as file:
                found.update(_IMPORT.findall(file.read(_MAX_BYTES)))
        return frozenset(name.decode("ascii", "ignore") for name in found)

    def _folders(self, root: PurePosixPath) -> Iterator[str]:
        """Yield the names in a folder that could be packages."""
        if not (self._project / root).is_dir():
            return
        for entry in sorted(os.scandir(self._project / root), key=lambda entry: entry.name):
            name = entry.name
            usable = name.isidentifier() and name not in _ASIDE and name != "src"
            if usable and entry.is_dir() and not _is_environment(Path(entry.path)):
                yield name

    def _has_python(self, folder: PurePosixPath) -> bool:
        return any((self._project / folder).glob("*.py"))

    def _python_files(self) -> Iterator[Path]:
        """Yield the project's own Python files, links not followed, up to a limit on the search."""
        left = _MAX_ENTRIES
        for folder, folders, files in os.walk(self._project):
            here = Path(folder)
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".")
                and name not in {"node_modules", "site-packages", "__pycache__"}
                and not _is_environment(here / name)
            )
            left -= 1 + len(files)
            if left < 0:
                return
            for name in sorted(files):
                path = here / name
                if name.endswith(".py") and path.is_file() and os.access(path, os.R_OK):
                    yield path


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").exists()
