"""Programs of several files: what stands in one of them counts in the others."""

from collections import Counter
from pathlib import Path

import pytest

from .running import expected, findings

PROGRAMS = sorted((Path(__file__).parent / "cases" / "across").iterdir())


@pytest.mark.parametrize("folder", PROGRAMS, ids=lambda path: path.name)
def test_programs(folder: Path) -> None:
    """What the files mark is found there, and nothing else is."""
    files = [
        (f"{folder.name}/{path.name}", path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py"))
    ]
    marked = Counter(
        (name, line, code) for name, text in files for line, code in expected(text).elements()
    )
    assert marked
    reported = Counter((found.path, found.span.line, found.code) for found in findings(*files))
    assert reported == marked
