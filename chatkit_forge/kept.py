"""Files in the user's cache folder: each appears whole or not at all, and the newest stay."""

import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def folder(kind: str) -> Path:
    """Return the folder of one kind of files, which may not be there."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "chatkit-forge" / kind


def put(place: Path, text: str, most: int) -> None:
    """Keep a text, and as many of its kind in all; older ones are never asked for again.

    A folder that cannot be written costs time at the next run, nothing else.
    """
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=place.parent, prefix=".", delete=False
        ) as file:
            file.write(text)
        Path(file.name).replace(place)
        _prune(place, most)


def installed(*more: Path) -> list[str]:
    """Return what is installed beside us, pyright among it, and in more folders, with versions."""
    folders = [Path(__file__).resolve().parent.parent, *more]
    # Debian's own Python says dist-packages.
    folders += [Path(path) for path in sys.path if path.endswith("-packages")]
    return sorted(
        {
            entry.name
            for folder in folders
            if folder.is_dir()
            for entry in os.scandir(folder)
            if entry.name.endswith(".dist-info")
        }
    )


def changed(folders: Iterable[Path]) -> list[tuple[str, int]]:
    """Return when each source of ours in these folders was changed last.

    In a checkout the version does not say it.
    """
    entries = (entry for folder in folders for entry in os.scandir(folder))
    return sorted((e.path, e.stat().st_mtime_ns) for e in entries if e.name.endswith(".py"))


def _prune(newest: Path, most: int) -> None:
    """Remove all but the newest of the kind; another run may have removed them already."""
    there = sorted(newest.parent.glob(f"*{newest.suffix}"), key=_age, reverse=True)
    for old in there[most:]:
        old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0  # gone meanwhile
