"""Reach files inside a project, and nothing outside of it, with durable writes.

Every failure leaves this room as a `UsageError` that names the path and what to do.
"""

import errno
import os
import stat
import tempfile
from hashlib import sha256
from pathlib import Path, PurePosixPath

from .errors import UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOCKED = {errno.EACCES, errno.EPERM, errno.EROFS}


def explain(path: PurePosixPath | Path | str, error: OSError) -> UsageError:
    """Turn an operating system's error into one line about `path`, relative to the project."""
    if error.errno in _FULL:
        advice = "free some disk space and run again"
    elif error.errno in _LOCKED:
        advice = "make it and its folder writable and run again"
    else:
        advice = "put that right and run again"
    return UsageError(f"cannot write {path}: {error.strerror or error}; {advice}")


def locate(project: Path, path: PurePosixPath) -> Path:
    """Return the real file that `path` means, following symbolic links inside the project only.

    Raises UsageError for a path that leads out of the project or into `.git`, where a file can
    be a program that git starts.
    """
    root = project.resolve()
    try:
        target = root.joinpath(*path.parts).resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise UsageError(f"{path} cannot be followed: a symbolic link leads in a circle") from error
    if not target.is_relative_to(root):
        raise UsageError(f"{path} leads out of the project; replace the symbolic link by a folder")
    if any(part.casefold() == ".git" for part in target.relative_to(root).parts):
        raise UsageError(f"{path} leads into git's own folder, where nothing is written")
    return target


def read(target: Path, path: PurePosixPath) -> bytes | None:
    """Return the bytes of the ordinary file `target`, or None where there is no file yet."""
    try:
        kind = target.stat().st_mode
        if stat.S_ISDIR(kind):
            raise UsageError(f"{path} is a folder where a file is to be written; move it away")
        if not stat.S_ISREG(kind):  # reading a pipe would wait for ever
            raise UsageError(f"{path} is not an ordinary file; move it away")
        return target.read_bytes()
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise UsageError(f"{path.parent} is a file where a folder is needed") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def plain(data: bytes) -> bytes:
    """Return `data` with the line ends of git's autocrlf undone, so that checkouts compare."""
    return data.replace(b"\r\n", b"\n")


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hexadecimal digits."""
    return sha256(data).hexdigest()


def write_new(target: Path, data: bytes) -> None:
    """Create the file `target`, which must not exist, and wait until it is on the disk."""
    with target.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(target: Path, data: bytes, seen: bytes) -> bool:
    """Put `data` in the place of a file that still holds `seen`; False when it does not.

    The file is the old one or the new one, never half of either, and keeps its permissions.
    """
    real = target.resolve()
    try:
        mode = real.stat().st_mode
        with tempfile.NamedTemporaryFile(
            dir=real.parent, prefix=f".{real.name}.", delete=False
        ) as new:
            fresh = Path(new.name)
            try:
                new.write(data)
                new.flush()
                os.fsync(new.fileno())
                os.chmod(fresh, stat.S_IMODE(mode))
                if real.read_bytes() != seen:
                    fresh.unlink()
                    return False
            except BaseException:
                fresh.unlink(missing_ok=True)
                raise
        fresh.replace(real)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise explain(target.name, error) from error
    return True


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk."""
    if os.name == "nt":  # Windows opens no folders; NTFS journals its names by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
