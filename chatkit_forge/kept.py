"""Files in the user's cache folder: each appears whole or not at all, and the newest stay."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_INSTALLED = (".dist-info", ".egg-info")


def key(parts: Iterable[object]) -> str:
    """Return a name for all of these, as their `repr` shows them."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr(part).encode(errors="backslashreplace") + b"\n")
    return digest.hexdigest()


def folder(kind: str) -> Path:
    """Return the folder of one kind of files, which may not be there, or be closed to us."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    home = os.path.expanduser("~")
    # Below a file there is nothing to be kept, for a user without a home.
    cache = Path(base) if base else Path(home if os.path.isabs(home) else os.devnull, ".cache")
    return cache / "chatkit-forge" / kind


def put(place: Path, text: str, most: int) -> None:
    """Keep a text; of its kind, only so many of the newest stay.

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


def installed(*more: Path) -> list[tuple[str, int]]:
    """Return what is installed beside us, pyright among it, and in more folders.

    With versions, and with the times: what is built from a checkout is installed anew as the same
    version.
    """
    places = [Path(__file__).resolve().parent.parent, *more]
    # Debian's own Python says dist-packages.
    places += [Path(path) for path in sys.path if path.endswith("-packages")]
    return sorted(
        {
            (entry.name, entry.stat().st_mtime_ns)
            for place in places
            if place.is_dir()
            for entry in os.scandir(place)
            if entry.name.endswith(_INSTALLED)
        }
    )


def changed(folders: Iterable[Path]) -> list[tuple[str, int]]:
    """Return when each source of ours in these folders was changed last.

    In a checkout the version does not say it.
    """
    entries = (entry for each in folders for entry in os.scandir(each))
    sources = (".py", ".pyi")
    return sorted((e.path, e.stat().st_mtime_ns) for e in entries if e.name.endswith(sources))


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
