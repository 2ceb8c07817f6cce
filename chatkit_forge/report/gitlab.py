"""`--format gitlab`: GitLab's code quality report."""

import json
from collections.abc import Mapping, Sequence

from ..lint.finding import Finding
from .fingerprint import fingerprints

_SEVERITY = {"error": "major", "warning": "minor"}


def render(findings: Sequence[Finding], texts: Mapping[str, str]) -> str:
    """Return the report as JSON text."""
    names = fingerprints(findings, texts)
    entries = [
        {
            "description": finding.message,
            "check_name": finding.code,
            "fingerprint": name,
            "severity": _SEVERITY[finding.severity],
            "location": {
                "path": finding.path,
                "lines": {"begin": finding.span.line, "end": finding.span.end_line},
            },
        }
        for finding, name in zip(findings, names, strict=True)
    ]
    return json.dumps(entries, indent=2) + "\n"
