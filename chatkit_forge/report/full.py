"""`--format full`: each finding with the line it stands on, a hint, and how to read more."""

from collections.abc import Mapping, Sequence

from ..lint.finding import Finding
from ..lint.selection import BUILT_IN
from ..lint.source import lines
from .concise import line


def render(findings: Sequence[Finding], texts: Mapping[str, str]) -> str:
    """Return the findings for people; `texts` holds the sources by path."""
    by_path = {path: lines(text) for path, text in texts.items()}
    blocks = ["".join(_block(finding, by_path.get(finding.path, []))) for finding in findings]
    return "\n".join([*blocks, summary(findings)]) if findings else ""


def summary(findings: Sequence[Finding]) -> str:
    """Return one line with how many findings there are, and how many can be fixed."""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    safe = sum(finding.fix is not None and finding.fix.safety == "safe" for finding in findings)
    parts = [_count(errors, "error"), _count(warnings, "warning")]
    fixable = f"; --fix mends {safe}" if safe else ""
    return f"{' and '.join(part for part in parts if part)}{fixable}\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}" if number else ""


def _block(finding: Finding, source: Sequence[str]) -> list[str]:
    span = finding.span
    block = [f"{line(finding)} ({finding.name}, {finding.severity})\n"]
    if 0 < span.line <= len(source):
        text = source[span.line - 1].replace("\t", " ")
        end = span.end_column if span.end_line == span.line else len(text) + 1
        margin = f"{span.line:5} | "
        carets = "^" * max(1, end - span.column)
        block += [
            f"{margin}{text}\n",
            f"{' ' * (len(margin) - 2)}| {' ' * (span.column - 1)}{carets}\n",
        ]
    if finding.hint:
        block.append(f"      = {finding.hint}\n")
    if finding.pyright:
        block.append(f"      = pyright says so too: {finding.pyright}\n")
    if finding.fix is not None:
        option = "--fix" if finding.fix.safety == "safe" else "--unsafe-fixes"
        block.append(f"      = {option} mends it\n")
    if finding.code.startswith("CKF") and finding.code not in BUILT_IN:
        block.append(f"      = chatkit-forge explain {finding.code}\n")
    return block
