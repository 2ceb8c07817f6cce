"""`--format concise`: one line a finding, `path:line:col: CODE message`."""

from collections.abc import Sequence

from ..lint.finding import Finding


def render(findings: Sequence[Finding]) -> str:
    """Return one line for each finding."""
    return "".join(f"{line(finding)}\n" for finding in findings)


def line(finding: Finding) -> str:
    """Return where, code and message."""
    place = f"{finding.path}:{finding.span.line}:{finding.span.column}"
    return f"{place}: {finding.code} {finding.message}"
