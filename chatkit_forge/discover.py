"""Paths -> the Python files worth reading: not ignored, and about ChatKit."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pathspec

from .errors import UsageError
from .lint.source import mentions

_SUFFIXES = (".py", ".pyi")
# Never the project's own code, whether it is ignored or not.
_NOT_OURS = frozenset({
    ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv",
    "__pycache__", "node_modules", "site-packages",
})  # fmt: skip
_EXCLUDE = "pyproject.toml: exclude"
# What a line of `.gitignore` that means nothing ends in; "[z-a]" fails as a regular expression.
_NO_PATTERN = (ValueError, re.error)


@dataclass(frozen=True, slots=True)
class Found:
    """Hold one file: its path relative to the project, its bytes, and whether it was asked for."""

    path: PurePosixPath
    data: bytes
    named: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Name a file that could not be read, with the machine's reason."""

    path: PurePosixPath
    reason: str


def project_of(folder: Path) -> Path:
    """Return the nearest folder upwards with a pyproject.toml or `.git`; without one, this one."""
    for each in (folder, *folder.parents):
        if os.path.exists(each / "pyproject.toml") or os.path.exists(each / ".git"):
            return each
    return folder


def discover(
    root: Path, asked: Sequence[str], exclude: Sequence[str] = ()
) -> Iterator[Found | Unreadable]:
    """Yield the Python files below the paths asked for, default the project, in order, once.

    `.gitignore` is respected but for files named directly; the patterns in `exclude`, written like
    its lines, for those too: pre-commit names every file. Raises UsageError for a path that does
    not exist or lies outside the project. A file that links lead to is yielded once, under its own
    name, or it would be reported and mended twice.
    """
    seen: set[Path] = set()
    excluded = _spec(exclude, _EXCLUDE)
    for text in asked or (".",):
        path = Path(os.path.normpath(root / text))
        if not path.exists():
            raise UsageError(f"{text} does not exist")
        if path != root and root not in path.parents:
            raise UsageError(f"{text} is outside the project {root}")
        path = _meant(root, path)
        named = not path.is_dir()
        for file in [path] if named else _walk(root, path, exclude):
            if isinstance(file, Unreadable):
                yield file
                continue
            linked = os.path.islink(file)
            meant = _meant(root, file) if linked else file
            if meant in seen:
                continue
            seen.add(meant)
            if not ((named or linked) and excluded.match_file(meant.relative_to(root).as_posix())):
                yield _read(root, meant, named=named)


def _meant(root: Path, path: Path) -> Path:
    """Return the file or folder of the project that links lead to; else the path itself."""
    real = Path(os.path.realpath(path))
    return real if root in real.parents and os.path.exists(real) else path


def stamps(root: Path, exclude: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return path, time and size of every Python file of the project, without reading any."""
    found: list[tuple[str, int, int]] = []
    for file in _walk(root, root, exclude):
        if isinstance(file, Path):
            with suppress(OSError):  # gone meanwhile: then it is none of the project's
                about = file.stat()
                found.append((str(file), about.st_mtime_ns, about.st_size))
    return found


def _read(root: Path, file: Path, *, named: bool) -> Found | Unreadable:
    path = PurePosixPath(file.relative_to(root).as_posix())
    try:
        # Reading a pipe would wait for ever.
        if not stat.S_ISREG(file.stat().st_mode):
            return Unreadable(path, "it is no ordinary file")
        return Found(path, file.read_bytes(), named)
    except OSError as error:
        return Unreadable(path, error.strerror or str(error))


def _walk(root: Path, top: Path, exclude: Sequence[str]) -> Iterator[Path | Unreadable]:
    """Yield the Python files below a folder; links are not followed, so circles end.

    A folder that cannot be listed is named: what is in it was not checked.
    """
    ignored = _Ignored(root, exclude)
    failed: list[OSError] = []
    for folder, folders, files in os.walk(top, onerror=failed.append):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NOT_OURS
            and not os.path.exists(here / name / "pyvenv.cfg")  # unlike Path's, never raises
            and not ignored(here / name, folder=True)
        )
        for name in sorted(files):
            path = here / name
            # Emacs locks a file by a link to nowhere.
            python = name.endswith(_SUFFIXES) and not name.startswith(".#")
            if python and not ignored(path, folder=False):
                yield path
    for error in failed:
        path = PurePosixPath(Path(str(error.filename)).relative_to(root).as_posix())
        yield Unreadable(path, error.strerror or str(error))


class _Ignored:
    """Say what the `.gitignore` files of a project leave out."""

    def __init__(self, root: Path, exclude: Sequence[str]) -> None:
        self._root = root
        self._exclude = _spec(exclude, _EXCLUDE)
        self._specs: dict[Path, pathspec.GitIgnoreSpec | None] = {}

    def __call__(self, path: Path, *, folder: bool) -> bool:
        """Say whether the nearest `.gitignore` that speaks of this path leaves it out."""
        name = path.relative_to(self._root).as_posix() + ("/" if folder else "")
        if self._exclude.match_file(name):
            return True
        for parent in self._up(path.parent):
            spec = self._spec(parent)
            if spec is None:
                continue
            name = path.relative_to(parent).as_posix() + ("/" if folder else "")
            verdict = spec.check_file(name).include
            if verdict is not None:
                return verdict
        return False

    def _up(self, folder: Path) -> Iterable[Path]:
        yield folder
        for parent in folder.parents:
            if parent != self._root and self._root not in parent.parents:
                return
            yield parent

    def _spec(self, folder: Path) -> pathspec.GitIgnoreSpec | None:
        if folder not in self._specs:
            try:
                text = (folder / ".gitignore").read_text(encoding="utf-8", errors="replace")
                self._specs[folder] = _spec(text.splitlines())
            except OSError:
                self._specs[folder] = None  # there is none
        return self._specs[folder]


def _spec(lines: Sequence[str], source: str | None = None) -> pathspec.GitIgnoreSpec:
    """Return what the lines leave out; one that means nothing is passed over, as git does.

    With a source, it is UsageError instead.
    """
    try:
        return pathspec.GitIgnoreSpec.from_lines(lines)
    except _NO_PATTERN as error:
        if source is not None:
            raise UsageError(f"{source}: {error}") from error
        return pathspec.GitIgnoreSpec.from_lines(line for line in lines if _means(line))


def _means(line: str) -> bool:
    try:
        pathspec.GitIgnoreSpec.from_lines([line])
    except _NO_PATTERN:
        return False
    return True


def about_chatkit(data: bytes) -> bool:
    """Say whether a file mentions ChatKit at all; a search of bytes, before anything is parsed."""
    return mentions(data, b"chatkit")
