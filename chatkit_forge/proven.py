"""Remember that pyright found nothing in our own sources: they need not be looked at twice.

Writing what `--dry-run` showed, or running once more, then takes a fraction. Where anything of the
user's is imported, it is looked at each time: what that leans on in turn is not ours to know.
"""

import hashlib
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath

from . import __version__, contract, kept
from .stage import SOURCES, walk

# Markers, which are empty files.
_MOST = 400


def key(stage: Path, ours: Collection[PurePosixPath], searched: Sequence[Path]) -> str | None:
    """Return the key of a proof of our sources in the stage: their bytes, and all they lean on.

    None where an import can lead to what is neither ours nor installed.
    """
    inside = [stage, *(place for place in searched if place.is_relative_to(stage))]
    if any(_strangers(stage, ours)) or any(_others(inside, searched)):
        return None
    own = Path(contract.__file__).resolve().parent
    return kept.key(
        [
            *(__version__, sys.version_info[:3], sys.platform, kept.installed()),
            os.environ.get("PYRIGHT_PYTHON_FORCE_VERSION"),
            # How pyright is asked, and what the generated tests import.
            kept.changed([own.parent, own]),
            [place.relative_to(stage).as_posix() for place in inside],
            *(
                (str(path), _digest(stage / path))
                for path in sorted(ours)
                if path.suffix in SOURCES
            ),
        ]
    )


def holds(name: str) -> bool:
    """Say whether it was proven before."""
    return os.path.isfile(_place(name))  # unlike Path's, never raises


def keep(name: str) -> None:
    """Remember that it is proven."""
    kept.put(_place(name), "", _MOST)


def _place(name: str) -> Path:
    return kept.folder("proven") / f"{name}.txt"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _strangers(stage: Path, ours: Collection[PurePosixPath]) -> Iterator[Path]:
    """Yield the sources in the stage that are copies of the user's, and say something."""
    for path in stage.rglob("*"):
        stranger = PurePosixPath(path.relative_to(stage).as_posix()) not in ours
        if path.suffix in SOURCES and stranger and path.stat().st_size:
            yield path


def _others(inside: Sequence[Path], searched: Sequence[Path]) -> Iterator[Path]:
    """Yield what can be imported from elsewhere, and is not staged at the same place."""
    for place in searched:
        if place in inside:
            continue
        yield from place.glob("pyvenv.cfg")
        yield from place.glob("*-stubs")
        for folder, names, files in walk(place):
            yield from (folder / name for name in names if (folder / name).is_symlink())
            # What is staged is found before what stands at its place in the project.
            yield from (f for f in files if not _is_staged(inside, f.relative_to(place)))


def _is_staged(inside: Sequence[Path], path: Path) -> bool:
    return any((place / path).is_file() for place in inside)
