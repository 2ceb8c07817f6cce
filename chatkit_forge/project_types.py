"""Pyright over the ChatKit files of a project, with the project's own settings and interpreter."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from .errors import ToolBroken, UsageError
from .interpreter import Interpreter
from .lint.finding import Severity, Span
from .pyright_exclude import hidden
from .typecheck import command

_TIMEOUT_SECONDS = 600
_BLANK = frozenset(" \r\n")
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

    def __init__(self, root: Path, interpreter: Interpreter) -> None:
        """Start pyright, which waits for the names of the files: node takes 0.4 s to begin."""
        self._root = root
        self._interpreter = interpreter
        self._files: tuple[str, ...] = ()
        # What the user's settings hide from pyright, each file with the setting that does.
        self.hidden: Mapping[str, str] = {}
        self._process = self._start("-")
        try:
            # Outside the project, where none of its settings leaves anything out.
            self._folder = Path(tempfile.mkdtemp(prefix="chatkit-forge-")).resolve()
            self._probe = self._folder / "probe.py"
            self._probe.write_text(_PROBE, encoding="utf-8")
        except OSError as error:
            self._stop()
            raise UsageError(f"no temporary folder can be made: {error.strerror}") from error

    def _start(self, *names: str) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                [*command(str(self._interpreter.python)), "--outputjson", *names],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._root,
                env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
                encoding="utf-8",
                errors="surrogateescape",
            )
        except OSError as error:
            raise self._broken(f"cannot be started ({error})") from error

    def begin(self, files: Sequence[str]) -> None:
        """Name the files to check, relative to the project; does not wait."""
        self.hidden = hidden(self._root, files)
        self._files = tuple(file for file in files if file not in self.hidden)
        names = [*self._files, str(self._probe)]
        if any(not _BLANK.isdisjoint(name) for name in names):
            # On stdin a blank would part one name in two: begin again.
            self._stop()
            self._process = self._start(*(f"./{n}" if n.startswith("-") else n for n in names))
            return
        stdin, self._process.stdin = self._process.stdin, None
        # A process that died meanwhile is for finish() to report, with what it wrote on stderr.
        with suppress(OSError):
            if stdin is not None:
                with stdin:
                    stdin.write("\n".join(names))

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
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def finish(self) -> list[Typed]:
        """Wait for pyright and return what it says.

        Raises ToolBroken when it died, hung, answered nonsense, left files out, or does not find
        the SDK: that would be "could not be checked", not "clean".
        """
        try:
            output, complaints = self._process.communicate(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise self._broken(f"gave no answer within {_TIMEOUT_SECONDS} s") from None
        code = self._process.returncode
        try:
            report = cast("dict[str, Any]", json.loads(output))
            entries = cast("list[dict[str, Any]]", report["generalDiagnostics"])
            said = [each["message"] for each in entries if self._is_probe(each)]
            analyzed = int(report["summary"]["filesAnalyzed"]) - bool(said)
            found = [_typed(each, self._root) for each in entries if not self._is_probe(each)]
        except (ValueError, KeyError, TypeError) as error:
            reason = (complaints or output).strip().splitlines()[:1]
            words = f"ended with code {code} and no answer ({''.join(reason) or error!r})"
            raise self._broken(words) from error
        if analyzed != len(self._files):
            raise self._broken(
                f"checked {analyzed} of {len(self._files)} files (a folder named with a dot "
                "is not looked at)"
            )
        if not any(_RESOLVED in message for message in said):
            raise self._broken(
                "finds no ChatKit SDK: see that this Python starts and imports chatkit, or name "
                "another with --python"
            )
        return [typed for typed in found if typed is not None]

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
