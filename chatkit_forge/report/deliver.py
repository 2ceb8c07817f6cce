"""Print and write a report in every form that was asked for."""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import UsageError
from ..lint.finding import Finding
from . import render


def deliver(
    root: Path,
    outputs: Sequence[tuple[str, str | None]],
    findings: Sequence[Finding],
    texts: Mapping[str, str],
) -> None:
    """Write each format to its file, None meaning the standard output.

    In a workflow of GitHub's, annotations and a summary of the step come on top. Raises UsageError
    for a file that cannot be written.
    """
    for name, target in outputs:
        text = render(name, findings, texts)
        if target is None:
            sys.stdout.write(text)
            continue
        try:
            (root / target).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror}") from error
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from . import github  # noqa: PLC0415  only there

        if for_people(outputs):
            sys.stdout.write(github.render(findings))
        github.write_summary(findings)


def for_people(outputs: Sequence[tuple[str, str | None]]) -> bool:
    """Say whether the standard output is read by people, not by a program."""
    return all(name in {"full", "concise"} for name, target in outputs if target is None)


def statistics(findings: Sequence[Finding]) -> str:
    """Return how often each code was found, most often first."""
    counts = Counter((finding.code, finding.name) for finding in findings)
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return "".join(f"{count:5}  {code}  {name}\n" for (code, name), count in ordered)
