"""Find the package that receives the files: the one asked for, declared, or seen."""

import keyword
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from .errors import UsageError
from .install import STORE_REQUIREMENTS
from .layout import Layout
from .options import Package
from .pyproject import Declared, declared_packages, load
from .taken import why_taken

_DEFAULT = PurePosixPath("app")


class SeveralPackagesError(UsageError):
    """Report that the project has several packages and none was asked for."""

    def __init__(self, folders: list[str]) -> None:
        super().__init__(
            f"this project has several packages ({', '.join(folders)}); "
            f"say which with --package, as in --package {folders[0]}"
        )
        self.folders = folders


def find_package(
    project: Path, asked: str | None, requirements: Sequence[str] = STORE_REQUIREMENTS
) -> Package:
    """Return the package to write to; nothing is created. It must not hide a requirement.

    Raises UsageError when the folder asked for cannot be a package of this project, and
    SeveralPackagesError when it is not clear which package is meant.
    """
    pyproject, layout = load(project), Layout(project)
    declared = declared_packages(pyproject)
    if asked is not None:
        place = _placed(project, _relative(project, asked), declared, layout)
    else:
        place = _default(project, declared, layout)
    package = Package(place.folder, _import_name(place), place.import_root)
    reason = why_taken(package.import_name.partition(".")[0], pyproject, requirements)
    if reason is not None:
        raise UsageError(
            f"a package named {package.import_name!r} would hide {reason}; "
            "choose another with --package"
        )
    check_folders(project, package.folder)
    return package


def check_folders(project: Path, folder: PurePosixPath) -> None:
    """Raise UsageError when a folder to write to is a file or lies behind a symbolic link."""
    for part in [*reversed(folder.parents), folder]:
        path = project / part
        if part != PurePosixPath(".") and path.is_symlink():
            raise UsageError(f"{part} is a symbolic link; nothing is written through it")
        if path.exists() and not path.is_dir():
            raise UsageError(f"{part} is a file, not a folder")


def _relative(project: Path, asked: str) -> PurePosixPath:
    """Return the folder asked for, relative to the project."""
    if not asked.strip() or "\0" in asked:
        raise UsageError(f"--package {asked!r} is not a folder")
    path = Path(os.path.normpath(project / asked))
    if path == project or project not in path.parents:
        raise UsageError(f"--package {asked!r} is not a folder inside the project")
    return PurePosixPath(path.relative_to(project).as_posix())


def _default(project: Path, declared: list[Declared], layout: Layout) -> Declared:
    existing = [place for place in declared if (project / place.folder).is_dir()]
    found = existing or declared or layout.packages()
    if not found:
        return Declared(_DEFAULT, PurePosixPath("."))
    if len(found) > 1:
        raise SeveralPackagesError([str(place.folder) for place in found])
    return found[0]


def _placed(
    project: Path, folder: PurePosixPath, declared: list[Declared], layout: Layout
) -> Declared:
    """Return a folder with the root that it is imported from."""
    for place in declared:
        if folder == place.folder or place.folder in folder.parents:
            return Declared(folder, place.import_root)
    top = folder.parts[0]
    if len(folder.parts) == 1:
        return Declared(folder, PurePosixPath("."))
    if layout.src_is_package if top == "src" else top in layout.imported:
        return Declared(folder, PurePosixPath("."))
    root = folder.parent
    while root != PurePosixPath(".") and (project / root / "__init__.py").is_file():
        root = root.parent
    return Declared(folder, root)


def _import_name(place: Declared) -> str:
    """Return the dotted name of a package, or raise UsageError when Python cannot import it."""
    parts = place.folder.relative_to(place.import_root).parts
    for part in parts:
        if not part.isidentifier() or keyword.iskeyword(part):
            raise UsageError(
                f"{str(place.folder)!r} cannot be imported: {part!r} is not a Python identifier"
            )
    return ".".join(parts)
