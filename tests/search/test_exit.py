"""A process that forgot to close its search ends all the same."""

import subprocess
import sys
from pathlib import Path

from .project import PATIENCE, environment, ingest, lesson, project

_FORGETFUL = """
import asyncio
from app.search.index import shared_index
from app.search.ranking import Place

found = asyncio.run(shared_index().find(["repeats"], "full_book", Place(None, None), 8))
print(found[0].text)
"""


def test_an_index_that_nobody_closed_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """A script of the user's own prints its answer and ends, without a word on the way out."""
    lesson(tmp_path / "docs", "loops.md", "A loop repeats.")
    settings = {"QDRANT_PATH": str(tmp_path / "q")}
    assert ingest(tmp_path / "docs", settings)[0] == 0
    ended = subprocess.run(
        [sys.executable, "-c", _FORGETFUL],
        cwd=project(),
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "A loop repeats.\n")
    assert len(ended.stderr.splitlines()) == 1  # that words are compared, not meanings
