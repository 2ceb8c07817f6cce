"""`--format json`: an array of objects, one a finding."""

import json
from collections.abc import Sequence

from ..lint.finding import Finding


def render(findings: Sequence[Finding]) -> str:
    """Return the findings as JSON text."""
    return json.dumps([plain(finding) for finding in findings], indent=2) + "\n"


def plain(finding: Finding) -> dict[str, object]:
    """Return one finding as plain JSON values; lines and columns count from 1."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "path": finding.path,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "message": finding.message,
        "hint": finding.hint,
        "fix": finding.fix.safety if finding.fix else None,
        "pyright": finding.pyright or None,
    }
