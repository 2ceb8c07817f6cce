"""Publish files into a project: all of them or none.

Whatever happens, the project is as before, or complete, or has a journal from which the next
run finishes or rolls back; no single file is ever half written or lost.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Literal

from . import disk, journal, replay
from .errors import UsageError
from .journal import Journal, Step

PATIENCE = 60.0  # seconds; publishing takes milliseconds, the checks before it a few seconds

Recovered = Literal["completed", "rolled back", "discarded"]


@contextmanager
def exclusive(project: Path) -> Generator[Recovered | None]:
    """Keep other runs out of `project`, settle what a dead one left, and yield what that was.

    A project that is to be made need not exist yet, only the folder it is made in.
    May be entered again inside itself. Holding it from reading the receipt to publishing keeps
    two runs from overwriting each other's entries. Raises UsageError.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - 25 ms that `--version` need not pay

    root = _root(project) if project.exists() else _absent(project)
    # Not in the project: a shared or foreign file system need not know how to lock. Lock files
    # cannot be removed safely, so there are 256 at most; projects that share one take turns.
    name = disk.digest(os.path.normcase(root).encode("utf-8", "surrogateescape"))[:2]
    try:
        path = Path(tempfile.gettempdir()) / f"chatkit-forge-{name}.lock"
        lock = FileLock(path, mode=0o666, is_singleton=True)
        lock.acquire(timeout=PATIENCE)
    except Timeout as error:
        raise UsageError(f"another run is writing to {root}; run again when it is done") from error
    except OSError as error:
        raise disk.explain("a lock in the temporary folder", error) from error
    try:
        yield _settle(root)
    finally:
        lock.release()


def recover(project: Path) -> Recovered | None:
    """Finish, roll back or discard what an interrupted run left, and say which; None: nothing."""
    with exclusive(project) as recovered:
        return recovered


def pending(project: Path) -> bool:
    """Tell, without touching anything, whether an interrupted (or running) run left work."""
    return journal.owed(_root(project)) is not None


def publish(
    files: Mapping[PurePosixPath, str],
    project: Path,
    seen: Mapping[PurePosixPath, bytes | None] | None = None,
) -> tuple[PurePosixPath, ...]:
    """Write `files` (paths relative to `project`) and return those that were not there already.

    A file that differs by its line ends only is left alone. `seen` holds what the caller decided
    upon; a file that has changed since, is not overwritten. Raises UsageError, nothing written.
    """
    root = _root(project)
    with exclusive(root):
        change: dict[Path, tuple[PurePosixPath, bytes | None, bytes]] = {}
        for path, text in files.items():
            target = disk.locate(root, path)
            old, new = disk.read(target, path), text.encode()
            if seen is not None and path in seen and seen[path] != old:
                raise UsageError(f"{path} was changed during the run; nothing was written")
            if target in change:
                raise UsageError(f"{path} and {change[target][0]} are one and the same file")
            if old is None or disk.plain(old) != disk.plain(new):
                change[target] = (path, old, new)
        if change:
            _carry_out(root, change)
        return tuple(path for path, _, _ in change.values())


def _carry_out(
    root: Path, change: Mapping[Path, tuple[PurePosixPath, bytes | None, bytes]]
) -> None:
    steps = tuple(
        Step(_name(root, target), None if old is None else disk.digest(old), disk.digest(new))
        for target, (_, old, new) in change.items()
    )
    parents = {parent for target in change for parent in target.relative_to(root).parents}
    missing = {parent.as_posix() for parent in parents if not (root / parent).exists()}
    record = Journal(root, steps, tuple(sorted(missing)))  # a folder sorts before what is in it
    try:
        record.commit([(old, new) for _, old, new in change.values()])
        replay.forward(record)
    except BaseException:
        _undo(record)
        raise


def _undo(record: Journal) -> None:
    """Take back a change that failed in this process."""
    if journal.owed(record.project) in {"forward", "back"}:
        try:
            replay.back(record)
        except UsageError as error:
            raise UsageError(f"{error}; the next run settles what is half done") from error
    else:  # nothing was touched: what cannot be removed now is discarded by the next run
        shutil.rmtree(record.home, ignore_errors=True)


def _settle(root: Path) -> Recovered | None:
    """Finish or take back what an interrupted run left, and say which."""
    try:
        owed = journal.owed(root)
        if owed is None:
            return None
        if owed == "nothing":
            shutil.rmtree(root / journal.FOLDER)
            return "discarded"
        record = journal.load(root, owed)
        if owed == "forward":
            try:
                replay.forward(record)
            except UsageError:  # half a change is worse than none
                replay.back(record)
            else:
                return "completed"
        else:
            replay.back(record)
        return "rolled back"
    except OSError as error:
        raise disk.explain(root / journal.FOLDER, error) from error
    except UsageError as error:
        raise UsageError(
            f"an interrupted run cannot be taken back: {error}; put that right, or delete "
            f"{journal.FOLDER} to keep the files as they are"
        ) from error


def _name(root: Path, target: Path) -> str:
    return target.relative_to(root).as_posix()


@contextmanager
def made(project: Path) -> Generator[None]:
    """Make the project's folder where there is none; remove it again when what follows fails."""
    if project.exists():
        yield
        return
    root = _absent(project)
    try:
        root.mkdir()
    except OSError as error:
        raise disk.explain(root.name, error) from error
    try:
        yield
    except BaseException:
        # One that holds a journal or somebody's files stays.
        with suppress(OSError):
            root.rmdir()
        raise


def _absent(project: Path) -> Path:
    """Return where a project is to be made: in a folder that exists, under its real name."""
    return _root(project.parent) / project.name


def _root(project: Path) -> Path:
    try:
        root = project.resolve(strict=True)
        if root.is_dir():
            return root
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{project} cannot be opened: {error}") from error
    raise UsageError(f"{project} is not a folder; name one")
