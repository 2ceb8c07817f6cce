"""Pyright over the ChatKit files of a project, with the project's own settings and interpreter."""

import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from .errors import ToolBroken, UsageError
from .interpreter import Interpreter
from .lint.finding import Severity, Span
from .pyright_exclude import hidden
from .pyright_process import PyrightFailedError, PyrightProcess

_TIMEOUT_SECONDS = 600
# Whatever rules the user has turned off, pyright always says what a name stands for.
_PROBE = "import chatkit.types\nreveal_type(chatkit.types)\n"
_RESOLVED = 'is "Module('


@dataclass(frozen=True, slots=True)
class Typed:
    """Hold one error or warning of pyright's; `path` is relative to the project."""

    path: str
    span: Span
    severity: Severity
    rule: str
    message: str


class ProjectTypes:
    """Run pyright beside our own rules; a context manager, which ends the process."""

    def __init__(self, root: Path, interpreter: Interpreter, guess: Sequence[str] = ()) -> None:
        """Start pyright; it begins with a guess at the files, or waits for their names."""
        self._root = root
        self._interpreter = interpreter
        self._named: frozenset[str] | None = None
        self._wanted: frozenset[str] = frozenset()
        # What the user's settings hide from pyright, each file with the setting that does.
        self.hidden: Mapping[str, str] = {}
        with ExitStack() as ends:
            try:
                # Outside the project, where none of its settings leaves anything out.
                self._folder = Path(tempfile.mkdtemp(prefix="chatkit-forge-")).resolve()
                ends.callback(shutil.rmtree, self._folder, ignore_errors=True)
                self._probe = self._folder / "probe.py"
                self._probe.write_text(_PROBE, encoding="utf-8")
            except OSError as error:
                raise UsageError(f"no temporary folder can be made: {error.strerror}") from error
            with self._told():
                self._process = PyrightProcess(str(interpreter.python), root, self._folder)
            ends.callback(self._process.stop)
            if guess:
                self.begin(guess)
            self._ends = ends.pop_all()

    def begin(self, files: Sequence[str]) -> None:
        """Name the files to check, relative to the project; does not wait.

        What is said of other files is left out. A second call begins again if it names a file that
        the first did not.
        """
        self.hidden = hidden(self._root, files)
        shown = [file for file in files if file not in self.hidden]
        self._wanted = frozenset(shown)
        if self._named is None or not self._wanted <= self._named:
            self._named = self._wanted
            with self._told():
                self._process.name([*shown, str(self._probe)])

    def __enter__(self) -> Self:
        """Return the run."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process if it still runs."""
        self._ends.close()

    def finish(self) -> list[Typed]:
        """Wait for pyright and return what it says.

        Raises ToolBroken when it died, hung, answered nonsense, left files out, or does not find
        the SDK: that would be "could not be checked", not "clean".
        """
        named = self._named or frozenset()
        with self._told():
            report = self._process.report(_TIMEOUT_SECONDS)
        try:
            entries = cast("list[dict[str, Any]]", report["generalDiagnostics"])
            said = [each["message"] for each in entries if self._is_probe(each)]
            analyzed = int(report["summary"]["filesAnalyzed"]) - bool(said)
            found = [_typed(each, self._root) for each in entries if not self._is_probe(each)]
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken(f"gave an answer that cannot be read ({error!r})") from error
        if analyzed != len(named):
            raise self._broken(
                f"checked {analyzed} of {len(named)} files (a folder named with a dot "
                "is not looked at)"
            )
        if not any(_RESOLVED in message for message in said):
            raise self._broken(
                "finds no ChatKit SDK: see that this Python starts and imports chatkit, or name "
                "another with --python"
            )
        not_wanted = named - self._wanted
        return [each for each in found if each is not None and each.path not in not_wanted]

    @contextmanager
    def _told(self) -> Generator[None]:
        """Say of which interpreter's pyright it is that something went wrong."""
        try:
            yield
        except PyrightFailedError as error:
            raise self._broken(str(error)) from error

    def _broken(self, words: str) -> ToolBroken:
        return ToolBroken(f"pyright for {self._interpreter} {words}; --no-types leaves types out")

    def _is_probe(self, entry: Mapping[str, Any]) -> bool:
        # The folder's name is like no other; of a drive, pyright changes the case.
        return Path(cast("str", entry["file"])).parent.name == self._folder.name


def _typed(entry: dict[str, Any], root: Path) -> Typed | None:
    """Return an error or warning; None for information, which is no finding."""
    severity = cast("str", entry["severity"])
    if severity not in ("error", "warning"):
        return None
    file = Path(cast("str", entry["file"]))
    base = root.resolve()
    path = file.relative_to(base) if file.is_relative_to(base) else file
    where = entry.get("range") or {"start": {"line": 0, "character": 0}}
    start, end = where["start"], where.get("end", where["start"])
    span = Span(start["line"] + 1, start["character"] + 1, end["line"] + 1, end["character"] + 1)
    message = " ".join(cast("str", entry["message"]).split())
    return Typed(path.as_posix(), span, severity, entry.get("rule", ""), message)
