"""Pyright in strict mode over staged files; what it says becomes diagnostics or `ToolBroken`."""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Literal, Self, cast

from .errors import ToolBroken, UsageError
from .pyright_process import REPAIR, PyrightFailedError, PyrightProcess

# The lowest Python the generated code runs on.
LOWEST_PYTHON = "3.11"
# Far beyond any honest run; a hang must end as an error, not as a frozen terminal.
_TIMEOUT_SECONDS = 300
# What the checked files import of the SDK; any other name of chatkit's is a mistake of theirs.
_SDK_UNRESOLVED = re.compile(
    r'Import "chatkit(\.(store|server|types|agents|widgets|actions))?" could'
)


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
            options = ("--project", str(self._config))
            self._process = PyrightProcess(sys.executable, self.stage, self.stage, *options)
        except BaseException as error:
            shutil.rmtree(self.stage, ignore_errors=True)
            if isinstance(error, PyrightFailedError):
                raise _broken(error) from error
            raise

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
        self._process.stop()
        shutil.rmtree(self.stage, ignore_errors=True)

    def begin(self, files: Sequence[PurePosixPath], extra_paths: Sequence[Path] = ()) -> None:
        """Name the staged files to check and where else imports are looked for; does not wait."""
        self._asked = tuple(files)
        configuration = {
            "typeCheckingMode": "strict",
            "pythonVersion": LOWEST_PYTHON,
            "extraPaths": [str(path) for path in (*extra_paths, _own_root())],
        }
        self._config.write_text(json.dumps(configuration), encoding="utf-8")
        try:
            self._process.name([str(path) for path in files])
        except PyrightFailedError as error:
            raise _broken(error) from error

    def finish(self) -> tuple[Diagnostic, ...]:
        """Wait for pyright and return its errors and warnings.

        Raises ToolBroken when it died, hung, answered nonsense or left files out.
        """
        try:
            report = self._process.report(_TIMEOUT_SECONDS)
            found = [_diagnostic(entry, self.stage) for entry in report["generalDiagnostics"]]
        except PyrightFailedError as error:
            raise _broken(error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ToolBroken(f"pyright's answer cannot be read ({error!r}); {REPAIR}") from error
        analyzed: object = report["summary"]["filesAnalyzed"]
        # Files that it skips, such as those in a folder beginning with a dot, count as clean.
        if analyzed != len(self._asked):
            raise ToolBroken(f"pyright checked {analyzed} of {len(self._asked)} files")
        findings = tuple(diagnostic for diagnostic in found if diagnostic is not None)
        for finding in findings:
            if _SDK_UNRESOLVED.match(finding.message):
                raise ToolBroken(f"{finding}: without the ChatKit SDK nothing could be checked")
        return findings


def _broken(error: PyrightFailedError) -> ToolBroken:
    return ToolBroken(f"pyright {error}; {REPAIR}")


def _own_root() -> Path:
    """Return the folder chatkit_forge is imported from: the generated tests import it too."""
    return Path(__file__).resolve().parent.parent


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
