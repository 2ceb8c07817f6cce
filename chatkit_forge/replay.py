"""Bring the files of a journal to its new or to its old state, as often as it takes.

What is left to do is read off the files themselves (old, new or neither), so that a replay may
be interrupted and replayed like any other run.
"""

import errno
import shutil
from pathlib import Path, PurePosixPath
from typing import Literal

from . import disk
from .errors import UsageError
from .journal import Journal, Side


def forward(journal: Journal) -> None:
    """Put every new file in place and forget the journal.

    Raises UsageError, with the journal left as it is, when something stands in the way, such as
    a file that somebody changed before its turn came.
    """
    waiting: list[int] = []
    for number, step in enumerate(journal.steps):
        state = _state(journal, number)
        if state == "other" and journal.staged(number, "new").exists():
            raise UsageError(f"{step.path} was changed while it was being replaced")
        if state == "old":
            waiting.append(number)
    for folder in journal.folders:
        try:
            disk.locate(journal.project, PurePosixPath(folder)).mkdir(exist_ok=True)
        except OSError as error:
            raise disk.explain(folder, error) from error
    for number in waiting:
        _place(journal, number, "new")
    _forget(journal, "forward.json")


def back(journal: Journal) -> None:
    """Put every old file back, remove the folders made for new ones and forget the journal.

    A file that somebody changed before its turn came is left alone; one that was changed after
    it raises UsageError, with the journal left as it is.
    """
    promise = journal.home / "forward.json"
    try:
        if promise.exists():
            promise.replace(journal.home / "back.json")
            disk.sync_folder(journal.home)
    except OSError as error:
        raise disk.explain(journal.home.name, error) from error
    for number, step in enumerate(journal.steps):
        state = _state(journal, number)
        if state == "new":
            _place(journal, number, "old")
        elif state == "other" and not journal.staged(number, "new").exists():
            raise UsageError(f"{step.path} was changed after it had been replaced")
    for name in reversed(journal.folders):
        folder = disk.locate(journal.project, PurePosixPath(name))
        try:
            if folder.is_dir() and not any(folder.iterdir()):  # somebody may use it by now
                folder.rmdir()
        except OSError as error:
            raise disk.explain(name, error) from error
    _forget(journal, "back.json")


def _state(journal: Journal, number: int) -> Literal["old", "new", "other"]:
    step = journal.steps[number]
    path = PurePosixPath(step.path)
    found = disk.read(disk.locate(journal.project, path), path)
    seen = None if found is None else disk.digest(found)
    if seen == step.new:
        return "new"
    return "old" if seen == step.old else "other"


def _place(journal: Journal, number: int, side: Side) -> None:
    step = journal.steps[number]
    try:
        target = disk.locate(journal.project, PurePosixPath(step.path))
        if side == "old" and step.old is None:
            target.unlink()
            return
        staged = journal.staged(number, side)
        try:
            staged.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The target's folder is a mount of its own, as containers have: go by a neighbour.
            neighbour = _neighbour(target)
            neighbour.unlink(missing_ok=True)
            disk.write_new(neighbour, staged.read_bytes())
            shutil.copymode(staged, neighbour)
            neighbour.replace(target)
            staged.unlink()  # as a move would: what still waits was never put in place
    except OSError as error:
        raise disk.explain(step.path, error) from error


def _neighbour(target: Path) -> Path:
    return target.with_name(f".{target.name}.chatkit-forge")


def _forget(journal: Journal, record: str) -> None:
    """Make the reached state durable, then drop the promise, then what it was made of."""
    targets = [disk.locate(journal.project, PurePosixPath(s.path)) for s in journal.steps]
    made = [disk.locate(journal.project, PurePosixPath(f)) for f in journal.folders]
    try:
        for target in targets:
            _neighbour(target).unlink(missing_ok=True)
        for folder in sorted({path.parent for path in (*targets, *made)}):
            if folder.exists():
                disk.sync_folder(folder)
        (journal.home / record).unlink()
        disk.sync_folder(journal.home)
    except OSError as error:
        raise disk.explain(journal.home.name, error) from error
    # The change is done. What cannot be removed owes nothing: the next run tries again.
    shutil.rmtree(journal.home, ignore_errors=True)
