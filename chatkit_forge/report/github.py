"""`--format github`: annotations in a workflow's log, and a table for its summary."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError
from ..lint.finding import Finding

# GitHub shows this many of a kind and step, and drops the rest without a word.
_SHOWN = 10


def render(findings: Sequence[Finding]) -> str:
    """Return one workflow command a finding, errors first, and how many were left out."""
    lines: list[str] = []
    for kind in ("error", "warning"):
        those = [finding for finding in findings if finding.severity == kind]
        lines += [_command(finding, kind) for finding in those[:_SHOWN]]
        if len(those) > _SHOWN:
            lines.append(f"+{len(those) - _SHOWN} more {kind}s, in the step's summary")
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding, kind: str) -> str:
    span = finding.span
    place = (
        f"file={_property(finding.path)},line={span.line},endLine={span.end_line},"
        f"col={span.column},endColumn={span.end_column},title={finding.code}"
    )
    text = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    return f"::{kind} {place}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def write_summary(findings: Sequence[Finding]) -> None:
    """Append a table of all findings to the step's summary, where GitHub names a file for it.

    Raises UsageError when that file cannot be written.
    """
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name or not findings:
        return
    rows = [
        f"| {finding.severity} | `{finding.path}:{finding.span.line}` | {finding.code} "
        f"| {_cell(finding.message)} |\n"
        for finding in findings
    ]
    head = "### chatkit-forge check\n\n| | where | code | what |\n|---|---|---|---|\n"
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(head + "".join(rows) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write GITHUB_STEP_SUMMARY, {name}: {error.strerror}") from error


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
