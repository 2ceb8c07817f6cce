"""Remember what pyright found nothing in: the same files need not be looked at twice.

Writing what `--dry-run` showed, or taking up a run that was stopped, then takes a fraction.
"""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from . import __version__, contract
from .kept import changed, folder, installed, put
from .stage import walk

# Markers, which are empty files.
_MOST = 400
# Reading more of the user's files than this costs more than it saves.
_MANY = 2000


def key(stage: Path, asked: Iterable[PurePosixPath], searched: Sequence[Path]) -> str | None:
    """Return the key of a proof: all staged files, what is asked of them, and all they lean on.

    None where imports can lead to what was not read.
    """
    digest = hashlib.sha256()

    def add(*parts: object) -> None:
        digest.update("\0".join(map(repr, parts)).encode(errors="backslashreplace") + b"\n")

    def add_files(folder: Path, files: Iterable[Path]) -> None:
        for file in sorted(files):
            add(file.relative_to(folder).as_posix(), hashlib.sha256(file.read_bytes()).digest())

    add(__version__, sys.version_info[:3], sys.platform, installed())
    # How pyright is asked, and what the generated tests import of ours.
    ours = Path(contract.__file__).resolve().parent
    add(changed([ours.parent, ours]), [str(path) for path in asked])
    add_files(stage, (path for path in stage.rglob("*") if path.is_file()))
    first = [stage, *(place for place in searched if place.is_relative_to(stage))]
    add([str(place.relative_to(stage)) for place in first])
    for place in searched:
        if place not in first:
            files = _importable(place)
            if files is None:
                return None
            try:
                add("the user's")
                # What is staged is found before what stands at its place in the project.
                add_files(place, (f for f in files if not _is_below(first, f.relative_to(place))))
            except OSError:
                return None
    return digest.hexdigest()


def _is_below(folders: Iterable[Path], path: Path) -> bool:
    return any((folder / path).is_file() for folder in folders)


def _importable(place: Path) -> list[Path] | None:
    """Return what can be imported from a folder of the user's; None where that is not all."""
    found: list[Path] = []
    for here, names, files in walk(place):
        found += files
        if len(found) > _MANY or any((here / name).is_symlink() for name in names):
            return None
    return found


def holds(name: str) -> bool:
    """Say whether it was proven before."""
    return _place(name).is_file()


def keep(name: str) -> None:
    """Remember that it is proven."""
    put(_place(name), "", _MOST)


def _place(name: str) -> Path:
    return folder("proven") / f"{name}.txt"
