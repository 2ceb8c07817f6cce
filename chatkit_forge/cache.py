"""Remember what a check found, under a key of everything that could change the answer.

One file a run, in the user's cache folder. Two runs may share it: a file appears whole or not at
all, and one that is damaged counts as missing.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__
from .discover import Found, Unreadable
from .interpreter import Interpreter
from .lint.finding import AddImport, Append, Edit, Finding, Fix, Replace, Span

_FORMAT = 1
# Older ones go when there are more: a key that changed is never asked for again.
_KEPT = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a check found: the findings, the ChatKit files looked at, and the SDK's version.

    `recorded` says that no SDK was found and its record stood in; `hidden` are the files that
    pyright did not look at, each with the setting that says so.
    """

    findings: list[Finding]
    paths: list[str]
    sdk: str
    recorded: bool
    hidden: Mapping[str, str]


def key(
    root: Path, interpreter: Interpreter, options: object, files: Iterable[Found | Unreadable]
) -> str:
    """Return the key of a check: code, options, settings, SDK, pyright and this program."""
    digest = hashlib.sha256()

    def add(*parts: object) -> None:
        digest.update("\0".join(map(repr, parts)).encode(errors="backslashreplace") + b"\n")

    add(_FORMAT, __version__, _own_code(), sys.version_info[:3], options)
    add(str(interpreter), interpreter.chatkit, _installed(interpreter))
    for name in ("pyproject.toml", "pyrightconfig.json"):
        with suppress(OSError):
            add(name, hashlib.sha256((root / name).read_bytes()).digest())
    for file in files:
        data = file.data if isinstance(file, Found) else file.reason.encode()
        add(str(file.path), isinstance(file, Found), hashlib.sha256(data).digest())
    return digest.hexdigest()


def _own_code() -> list[tuple[str, int]]:
    """Return when the rules were changed last: in a checkout the version does not say it."""
    folder = Path(__file__).resolve().parent / "lint"
    times = [(entry.path, entry.stat().st_mtime_ns) for entry in os.scandir(folder / "rules")]
    times += [(entry.path, entry.stat().st_mtime_ns) for entry in os.scandir(folder)]
    return sorted(time for time in times if time[0].endswith(".py"))


def _installed(interpreter: Interpreter) -> list[str]:
    """Return what is installed beside the SDK, with versions; and beside us, pyright among it."""
    folders = [Path(__file__).resolve().parent.parent]
    if interpreter.chatkit is not None:
        folders.append(interpreter.chatkit.parent)
    folders += [Path(path) for path in sys.path if path.endswith("site-packages")]
    return sorted(
        {
            entry.name
            for folder in folders
            if folder.is_dir()
            for entry in os.scandir(folder)
            if entry.name.endswith(".dist-info")
        }
    )


def load(name: str) -> Answer | None:
    """Return the answer under a key, None when there is none that can be read."""
    try:
        data = json.loads((_folder() / f"{name}.json").read_bytes())
        return Answer(
            [_finding(each) for each in data["findings"]],
            [str(path) for path in data["paths"]],
            str(data["sdk"]),
            bool(data["recorded"]),
            {str(path): str(setting) for path, setting in data["hidden"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # not there, or damaged: then the check is made anew


def store(name: str, answer: Answer) -> None:
    """Keep an answer; a folder that cannot be written costs time at the next run, nothing else."""
    text = json.dumps(
        {
            "findings": [_plain(finding) for finding in answer.findings],
            "paths": answer.paths,
            "sdk": answer.sdk,
            "recorded": answer.recorded,
            "hidden": dict(answer.hidden),
        }
    )
    with suppress(OSError):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix=".", delete=False
        ) as file:
            file.write(text)
        Path(file.name).replace(folder / f"{name}.json")
        _prune(folder)


def _prune(folder: Path) -> None:
    """Remove all but the newest answers; another run may have removed them already."""
    answers = sorted(folder.glob("*.json"), key=_age, reverse=True)
    for old in answers[_KEPT:]:
        old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0  # gone meanwhile


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "chatkit-forge" / "check"


def _plain(finding: Finding) -> dict[str, Any]:
    fix = finding.fix
    return {
        "path": finding.path,
        "span": _span(finding.span),
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "pyright": finding.pyright,
        "fix": None if fix is None else [fix.safety, [_edit(edit) for edit in fix.edits]],
    }


def _span(span: Span) -> list[int]:
    return [span.line, span.column, span.end_line, span.end_column]


def _edit(edit: Edit) -> list[Any]:
    if isinstance(edit, AddImport):
        return ["import", edit.module, edit.name]
    kind = "replace" if isinstance(edit, Replace) else "append"
    return [kind, _span(edit.span), edit.code]


def _finding(data: dict[str, Any]) -> Finding:
    fix = None
    if data["fix"] is not None:
        safety, edits = data["fix"]
        fix = Fix(safety, tuple(_read_edit(*edit) for edit in edits))
    return Finding(
        data["path"],
        Span(*data["span"]),
        data["code"],
        data["name"],
        data["severity"],
        data["message"],
        data["hint"],
        fix,
        data["pyright"],
    )


def _read_edit(kind: str, first: Any, second: str) -> Edit:
    if kind == "import":
        return AddImport(first, second)
    return (Replace if kind == "replace" else Append)(Span(*first), second)
