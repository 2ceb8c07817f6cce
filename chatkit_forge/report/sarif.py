"""`--format sarif`: SARIF 2.1.0, as GitHub's code scanning and editors read it."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from .. import __version__
from ..lint import doc, engine
from ..lint.finding import Finding, Span
from .fingerprint import fingerprints
from .replacements import replacements

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(findings: Sequence[Finding], texts: Mapping[str, str]) -> str:
    """Return the log as JSON text."""
    codes = sorted({finding.code for finding in findings})
    names = fingerprints(findings, texts)
    results = [
        _result(finding, name, codes, texts.get(finding.path, ""))
        for finding, name in zip(findings, names, strict=True)
    ]
    driver = {
        "name": "chatkit-forge",
        "version": __version__,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the project's folder"}}},
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(code: str) -> dict[str, object]:
    for rule in engine.all_rules():
        if rule.code == code:
            parts = doc.read(rule)
            return {
                "id": code,
                "name": "".join(word.capitalize() for word in rule.name.split("-")),
                "shortDescription": {"text": parts.summary},
                "fullDescription": {"text": parts.why or parts.summary},
                "help": {"text": f"{parts.why}\n\nGood:\n{parts.good}"},
                "defaultConfiguration": {"level": rule.severity},
            }
    return {"id": code}


def _result(finding: Finding, name: str, codes: Sequence[str], text: str) -> dict[str, object]:
    place = {"uri": quote(finding.path, errors="surrogateescape"), "uriBaseId": "SRCROOT"}
    region = _region(finding.span)
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": f"{finding.message}. {finding.hint}".rstrip(". ") + "."},
        "locations": [{"physicalLocation": {"artifactLocation": place, "region": region}}],
        "partialFingerprints": {"chatkitForge/v1": name},
    }
    edits = replacements(finding.fix, text) if finding.fix else []
    if edits:
        changes = [
            {"deletedRegion": _region(span), "insertedContent": {"text": code}}
            for span, code in edits
        ]
        change = {"artifactLocation": place, "replacements": changes}
        result["fixes"] = [
            {"description": {"text": finding.hint or finding.message}, "artifactChanges": [change]}
        ]
    return result


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
