"""Tell what publishing would do to each file: files in memory against files on disk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from . import disk
from .errors import Conflict
from .patch import unified
from .receipt import Receipt

State = Literal["create", "identical", "update", "edited", "conflict"]

LABELS: dict[State, str] = {
    "create": "create",
    "identical": "identical",
    "update": "update",
    "edited": "edited by you",
    "conflict": "conflict",
}


@dataclass(frozen=True, slots=True)
class FileState:
    """Hold what is on disk (`before`, None: no file), what would be, and what that makes it.

    create: no file yet. identical: nothing to write. update: on disk is what an earlier run
    generated. edited: generated earlier and changed by the user since. conflict: never generated.
    """

    path: PurePosixPath
    state: State
    before: bytes | None
    after: str


def compare(
    files: Mapping[PurePosixPath, str], project: Path, receipt: Receipt | None
) -> tuple[FileState, ...]:
    """Return the state of each of `files`, in their order; raises UsageError.

    Line ends do not count: a checkout by git with autocrlf is no edit of the user's.
    """
    return tuple(_compare(path, text, project, receipt) for path, text in files.items())


def _compare(path: PurePosixPath, text: str, project: Path, receipt: Receipt | None) -> FileState:
    before = disk.read(disk.locate(project, path), path)
    if before is None:
        return FileState(path, "create", before, text)
    found = disk.plain(before)
    generated = receipt.files.get(path) if receipt else None
    state: State
    if found == disk.plain(text.encode()):
        state = "identical"
    elif generated is None:
        state = "conflict"
    else:
        state = "update" if disk.digest(found) == generated.sha256 else "edited"
    return FileState(path, state, before, text)


def refuse(states: Iterable[FileState]) -> None:
    """Raise Conflict when a file that the user wrote or edited would be overwritten."""
    theirs = [s for s in states if s.state in {"edited", "conflict"}]
    if theirs:
        named = ", ".join(f"{s.path} ({LABELS[s.state]})" for s in theirs)
        raise Conflict(f"not overwritten: {named}; --diff shows the changes, --force makes them")


def diff(state: FileState) -> str:
    """Return the change as a unified diff that `git apply` takes; empty when identical."""
    if state.state == "identical":
        return ""
    before = disk.plain(state.before or b"").decode(errors="replace")
    old = "/dev/null" if state.before is None else f"a/{state.path}"
    return unified(before, state.after, old, f"b/{state.path}")
