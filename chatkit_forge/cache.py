"""Remember what a check found, under a key of everything that could change the answer.

One file a run, in the user's cache folder. Two runs may share it: a file appears whole or not at
all, and one that is damaged counts as missing.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__, kept, lint
from .discover import Found, Unreadable
from .interpreter import Interpreter
from .lint.finding import AddImport, Append, Edit, Finding, Fix, Replace, Span

_FORMAT = 1
# Answers; one whose key changed is never asked for again.
_MOST = 40


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
    rules = Path(lint.__file__).resolve().parent
    beside = [interpreter.chatkit.parent] if interpreter.chatkit is not None else []
    return kept.key(
        [
            *(_FORMAT, __version__, sys.version_info[:3], options),
            kept.changed([rules, rules / "rules"]),
            *(str(interpreter), interpreter.chatkit, kept.installed(*beside)),
            *_settings(root),
            *((str(file.path), *_content(file)) for file in files),
        ]
    )


def load(name: str) -> Answer | None:
    """Return the answer under a key, None when there is none that can be read."""
    try:
        data = json.loads(_place(name).read_bytes())
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
    """Keep an answer, where there is room for it."""
    text = json.dumps(
        {
            "findings": [_plain(finding) for finding in answer.findings],
            "paths": answer.paths,
            "sdk": answer.sdk,
            "recorded": answer.recorded,
            "hidden": dict(answer.hidden),
        }
    )
    kept.put(_place(name), text, _MOST)


def _settings(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files that say how a project is checked."""
    for name in ("pyproject.toml", "pyrightconfig.json"):
        with suppress(OSError):
            yield name, _digest((root / name).read_bytes())


def _content(file: Found | Unreadable) -> tuple[bool, bytes]:
    """Return whether a file could be read, and what stands for what it says."""
    found = isinstance(file, Found)
    return found, _digest(file.data if found else file.reason.encode())


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _place(name: str) -> Path:
    return kept.folder("check") / f"{name}.json"


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
