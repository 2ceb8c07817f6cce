"""Name a finding so that it keeps its name when lines above it come and go."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from ..lint.finding import Finding
from ..lint.source import lines


def fingerprints(findings: Sequence[Finding], texts: Mapping[str, str]) -> list[str]:
    """Return one name a finding, from its file, code, message and line of source.

    The same line twice in a file is counted, so that each has a name of its own.
    """
    by_path = {path: lines(text) for path, text in texts.items()}
    seen: Counter[str] = Counter()
    names: list[str] = []
    for finding in findings:
        source = by_path.get(finding.path, [])
        number = finding.span.line
        text = source[number - 1].strip() if 0 < number <= len(source) else ""
        base = "\0".join((finding.path, finding.code, finding.message, text))
        seen[base] += 1
        names.append(
            hashlib.sha256(f"{base}\0{seen[base]}".encode(errors="replace")).hexdigest()[:32]
        )
    return names
