"""Keep on disk what is being changed, so that a run that dies half-way can be finished.

A folder in the project, `.chatkit-forge-journal/`, holds while files are being put in place:

    new/0 ...      the new files          forward.json   present: the new state is owed
    old/0 ...      what they replace      back.json      present: the old state is owed
                                          neither        nothing was touched yet

Turning back is a rename, so that it works on a full disk too.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from . import disk
from .errors import UsageError

FOLDER = ".chatkit-forge-journal"
FORMAT = 1

Direction = Literal["forward", "back"]
Side = Literal["old", "new"]


@dataclass(frozen=True, slots=True)
class Step:
    """Hold a file's path, and the digests of what it holds before (None: absent) and after."""

    path: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Describe a change of one project; `steps` and `folders` to create are relative to it."""

    project: Path
    steps: tuple[Step, ...]
    folders: tuple[str, ...]

    @property
    def home(self) -> Path:
        """Return the journal's folder."""
        return self.project / FOLDER

    def staged(self, number: int, side: Side) -> Path:
        """Return where the file of a step waits."""
        return self.home / side / str(number)

    def commit(self, contents: Sequence[tuple[bytes | None, bytes]]) -> None:
        """Store old and new contents of every step, then promise the new state."""
        try:
            # The files may be private, so nobody else reads the copies. On Windows this mode would
            # become an access list, which the files would take along to their places.
            self.home.mkdir(mode=0o777 if os.name == "nt" else 0o700)
            (self.home / "old").mkdir()
            (self.home / "new").mkdir()
        except OSError as error:
            raise disk.explain(self.project, error) from error
        for number, (old, new) in enumerate(contents):
            self._stage(number, old, new)
        data: dict[str, object] = {
            "format": FORMAT,
            "folders": self.folders,
            "steps": [asdict(step) for step in self.steps],
        }
        record = self.home / "record"
        try:
            disk.write_new(record, json.dumps(data).encode())
            for folder in (self.home / "old", self.home / "new", self.home, self.project):
                disk.sync_folder(folder)
            record.replace(self.home / "forward.json")
            disk.sync_folder(self.home)
        except OSError as error:
            raise disk.explain(self.project, error) from error

    def _stage(self, number: int, old: bytes | None, new: bytes) -> None:
        path = self.steps[number].path
        try:
            disk.write_new(self.staged(number, "new"), new)
            if old is not None:
                disk.write_new(self.staged(number, "old"), old)
                for side in ("new", "old"):
                    shutil.copymode(self.project / path, self.staged(number, side))
        except OSError as error:
            raise disk.explain(path, error) from error


def owed(project: Path) -> Direction | Literal["nothing"] | None:
    """Return what an earlier run left to do; None: no journal, "nothing": it touched no file."""
    home = project / FOLDER
    if home.is_symlink() or (home.exists() and not home.is_dir()):
        raise UsageError(f"{FOLDER} is not a folder of chatkit-forge's own; move it away")
    if not home.exists():
        return None
    if (home / "forward.json").exists():
        return "forward"
    return "back" if (home / "back.json").exists() else "nothing"


def load(project: Path, direction: Direction) -> Journal:
    """Read the journal that an earlier run left; raises UsageError when it makes no sense."""
    try:
        data: dict[str, Any] = json.loads((project / FOLDER / f"{direction}.json").read_bytes())
        if data["format"] != FORMAT:
            raise ValueError("of another version")
        steps = tuple(
            Step(str(s["path"]), None if s["old"] is None else str(s["old"]), str(s["new"]))
            for s in data["steps"]
        )
        return Journal(project, steps, tuple(str(folder) for folder in data["folders"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"its record is unreadable ({error})") from error
