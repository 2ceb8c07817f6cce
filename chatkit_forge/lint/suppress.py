"""Comments that silence a finding: `# chatkit-forge: ignore[CKF201] reason` on its first line."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .finding import Finding, Span

_COMMENT = re.compile(r"#\s*chatkit-forge:\s*ignore(?:\[(?P<codes>[^\]]*)\])?")
_CODE = re.compile(r"[A-Z]{3}\d{3}|[a-z]+(?:-[a-z]+)+")


@dataclass(slots=True)
class Comment:
    """Hold one comment: its place, its codes or names, and those that silenced something."""

    span: Span
    codes: frozenset[str]
    used: set[str] = field(default_factory=set[str])


def comments(text: str) -> dict[int, Comment]:
    """Return the comments of a source by line; the same words inside a string silence nothing."""
    if "chatkit-forge:" not in text:
        return {}
    import tokenize  # noqa: PLC0415  only few files have such a comment
    from io import StringIO  # noqa: PLC0415

    found: dict[int, Comment] = {}
    for token in tokenize.generate_tokens(StringIO(text).readline):
        match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
        if match is not None:
            line, column = token.start
            span = Span(line, column + 1, line, token.end[1] + 1)
            found[line] = Comment(span, frozenset(_CODE.findall(match["codes"] or "")))
    return found


def _everything(_: str) -> bool:
    return True


def silence(
    findings: Iterable[Finding],
    path: str,
    text: str,
    looked_for: Callable[[str], bool] = _everything,
) -> Iterator[Finding]:
    """Yield the findings of one file that no comment silences, and the comments that are in vain.

    A comment without codes silences nothing: it would hide what nobody has looked at yet.
    One is in vain for the codes alone that `looked_for` says this run would have found.
    """
    known = comments(text)
    for finding in findings:
        comment = known.get(finding.span.line)
        said = comment.codes & {finding.code, finding.name} if comment is not None else None
        if comment is None or not said:
            yield finding
        else:
            comment.used |= said
    for comment in known.values():
        vain = sorted(filter(looked_for, comment.codes - comment.used))
        if vain or not comment.codes:
            what = f"nothing to ignore here for {', '.join(vain)}" if vain else "no code given"
            yield Finding(
                path,
                comment.span,
                "CKF002",
                "unused-ignore",
                "warning",
                f"this comment is in vain: {what}",
                "remove it" if vain else "write `# chatkit-forge: ignore[CKF201] reason`",
            )
