"""Blocking work on files, each step whole or not at all; called in threads only."""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


def create(path: Path) -> BinaryIO:
    """Open a new file that only this process's user may read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def append(file: BinaryIO, chunk: bytes) -> None:
    """Write the bytes, all of them and now: a full disk is to be noticed with the first."""
    file.write(chunk)
    file.flush()


def finish(file: BinaryIO) -> None:
    """Close the file when what was appended has reached the disk."""
    os.fsync(file.fileno())
    file.close()


def discard(path: Path, file: BinaryIO) -> None:
    """Close and delete an unfinished file; a finished one that was published stays published."""
    # Closing writes what a full disk has refused already, and fails again.
    with suppress(OSError):
        file.close()
    path.unlink(missing_ok=True)


def publish(part: Path, target: Path) -> bool:
    """Give the finished file its name; False when the name is taken.

    A link and not a rename: of two uploads of one attachment the first one counts, also when
    they arrive at different processes.
    """
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    _sync_folder(target.parent)
    return True


def replace(target: Path, content: bytes) -> None:
    """Write a small file, or write it anew."""
    part = target.with_suffix(".new.part")
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with part.open("wb") as file:
        append(file, content)
        finish(file)
    part.replace(target)
    _sync_folder(target.parent)


def remove(*paths: Path) -> None:
    """Delete the files in this order; quiet when they are gone."""
    for path in paths:
        path.unlink(missing_ok=True)


def remove_old(root: Path, pattern: str, before: float) -> None:
    """Delete the files below `root` that were last written before this time (since 1970)."""
    for path in root.glob(pattern):
        try:
            if path.stat().st_mtime < before:
                path.unlink()
        except FileNotFoundError:
            # Somebody else's sweep, or an upload that ended meanwhile.
            continue


def _sync_folder(folder: Path) -> None:
    """Bring the folder's list of names to the disk, where the system can do that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
