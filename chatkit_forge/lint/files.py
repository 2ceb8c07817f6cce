"""Bytes -> parsed modules; what cannot be read or parsed is a finding, never a crash or "clean"."""

from collections.abc import Iterable

from ..discover import Found, Unreadable, about_chatkit
from .finding import Finding, Span
from .module import Module
from .project import Project
from .source import decode

_HINT = "it was not checked: mend it, or leave it out with --ignore CKF001"


def parse(
    files: Iterable[Found | Unreadable], project: Project
) -> tuple[list[Module], list[Finding]]:
    """Return the modules that are about ChatKit, and a finding for each that cannot be checked."""
    modules: list[Module] = []
    findings: list[Finding] = []
    for file in files:
        if isinstance(file, Unreadable):
            findings.append(unreadable(str(file.path), f"cannot be read: {file.reason}"))
        elif about_chatkit(file.data):
            try:
                modules.append(project.add(file.path, decode(file.data)))
            except SyntaxError as error:
                reason = f"does not parse: {error.msg}"
                findings.append(unreadable(str(file.path), reason, error.lineno, error.offset))
            except (ValueError, LookupError) as error:
                findings.append(unreadable(str(file.path), f"is not Python source: {error}"))
            except (RecursionError, MemoryError):
                findings.append(unreadable(str(file.path), "is nested too deeply to be parsed"))
    return modules, findings


def unreadable(
    path: str, reason: str, line: int | None = None, column: int | None = None
) -> Finding:
    """Return the finding that a file, or a part of it, was not checked."""
    line, column = max(line or 1, 1), max(column or 1, 1)
    span = Span(line, column, line, column)
    name = "unreadable-file"
    return Finding(
        path, span, "CKF001", name, "error", " ".join(f"this file {reason}".split()), _HINT
    )
