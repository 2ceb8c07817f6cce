"""Bytes -> modules that Python takes; what it does not take is a finding, never "clean"."""

from collections.abc import Iterator

from ..discover import Found
from .finding import Finding, Span
from .module import Module
from .project import Project
from .source import decode

_HINT = "it was not checked: mend it, or leave it out with --ignore CKF001"


def decoded(file: Found, project: Project, findings: list[Finding]) -> Iterator[Module]:
    """Yield the module that a file holds, or add the finding that it holds no text."""
    try:
        yield project.add(file.path, decode(file.data))
    except (ValueError, LookupError, SyntaxError) as error:
        findings.append(_refused(str(file.path), error))


def parses(module: Module, findings: list[Finding]) -> bool:
    """Say whether a module can be looked at, or add the finding that it cannot."""
    if module.error is not None:
        findings.append(_refused(module.path, module.error))
    return module.error is None


def _refused(path: str, error: Exception) -> Finding:
    """Return the finding that Python does not take a file."""
    match error:
        case SyntaxError():
            return unreadable(path, f"does not parse: {error.msg}", error.lineno, error.offset)
        case RecursionError() | MemoryError():
            return unreadable(path, "is nested too deeply to be parsed")
        case _:
            return unreadable(path, f"is not Python source: {error}")


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
