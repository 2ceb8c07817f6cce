"""Run rules over sources in memory, and read what a source expects of them."""

import re
from collections import Counter
from pathlib import Path, PurePosixPath

from chatkit_forge import sdk
from chatkit_forge.lint import engine
from chatkit_forge.lint.finding import Finding
from chatkit_forge.lint.project import Project

_EXPECTED = re.compile(r"#.*?\b(CKF\d{3}(?:[ ,]+CKF\d{3})*)\s*$")


def findings(*files: tuple[str, str], root: Path = Path("nowhere")) -> list[Finding]:
    """Return what all rules find in these files, given as path and text."""
    project = Project(root)
    modules = [project.add(PurePosixPath(path), text) for path, text in files]
    return engine.run(modules, project, sdk.facts())


def expected(text: str) -> Counter[tuple[int, str]]:
    """Return the line and code of every mistake that a source marks, `# CKF101` at its end."""
    found: Counter[tuple[int, str]] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        match = _EXPECTED.search(line)
        if match:
            found.update((number, code) for code in re.findall(r"CKF\d{3}", match[1]))
    return found


def reported(results: list[Finding]) -> Counter[tuple[int, str]]:
    """Return the line and code of every finding."""
    return Counter((finding.span.line, finding.code) for finding in results)
