"""How much the place of the reader weighs, by the settings as they come."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .project import environment, lesson, project

# Asks as the index does, and prints the scores that it ranks by.
SCORES = """
import asyncio, json, sys
from pathlib import Path

from app.config import settings
from app.ingest import ingest
from app.search.connection import Connection
from app.search.index import SearchIndex
from app.search.lexical import LexicalEmbedder
from app.search.ranking import Boosts, Place, request


async def main():
    boosts = Boosts(settings.chapter_boost, settings.lesson_boost)
    index = SearchIndex(Connection(path=":memory:"), LexicalEmbedder(), "lessons", boosts)
    await ingest(index, Path(sys.argv[1]))
    [vector] = await index.embedder.embed(["python repeats"])
    asked = request(vector, None, Place(1, "loops"), boosts, 8)
    answers = await index.connection.run(
        lambda client: client.query_batch_points("lessons", requests=[asked])
    )
    await index.aclose()
    print(json.dumps({point.payload["file"]: point.score for point in answers[0].points}))


asyncio.run(main())
"""


def test_the_chapter_and_the_lesson_weigh_what_the_settings_say(tmp_path: Path) -> None:
    """Multiply the score of equal texts by 1.2 in the chapter, and by 1.1 more in the lesson."""
    for file in ("chapter-01/loops.md", "chapter-01/other.md", "chapter-02/loops.md"):
        lesson(tmp_path, file, "Python repeats with loops.")
    done = subprocess.run(
        [sys.executable, "-c", SCORES, str(tmp_path)],
        cwd=project(),
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    scores: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    elsewhere = scores["chapter-02/loops.md"]
    # The title is in the text as well: the other lesson's differs a little.
    assert scores["chapter-01/loops.md"] / elsewhere == pytest.approx(1.2 * 1.1)
    assert scores["chapter-01/other.md"] / elsewhere == pytest.approx(1.2, abs=0.05)
