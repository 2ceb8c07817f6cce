"""Fill the search collection from a folder of Markdown files: `python -m app.ingest docs/`.

The collection becomes what the folder is: new and changed files are written, unchanged ones are
skipped, those that are gone are removed. Killed in the middle, the next run goes on.

Exit codes: 0 done; 1 done, but some files could not be read (each is named, and keeps what it had
in the collection); 2 nothing to do it with: no such folder, Qdrant or the embedding service down,
the collection in use or made by another embedder, a setting that cannot work; 130 interrupted.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qdrant_client import AsyncQdrantClient
from tqdm import tqdm

from .http.startup import cannot_start

try:
    from .config import settings
except ValueError as error:
    cannot_start(error)
from .search.collection import maker
from .search.errors import SearchError, WrongSettingError
from .search.filling import complete_files, remove_others, start, write_lesson
from .search.index import SearchIndex, close_shared_index, shared_index
from .search.lessons import LessonError, lesson_files, read_lesson


@dataclass(slots=True)
class Report:
    """Count what became of the files."""

    written: int = 0
    chunks: int = 0
    unchanged: int = 0
    removed: int = 0
    unreadable: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        """Return the counts on one line."""
        return (
            f"{self.written} written ({self.chunks} chunks), {self.unchanged} unchanged, "
            f"{self.removed} removed, {len(self.unreadable)} unreadable"
        )


async def ingest(index: SearchIndex, folder: Path, *, rebuild: bool = False) -> Report:
    """Make the collection what the folder is, and return what that took.

    With `rebuild` the collection is deleted first, once it is clear that there is something to
    fill it with.

    Raise LessonError when there is no Markdown file at all, SearchError when the collection cannot
    be written.
    """
    files = list(lesson_files(folder))
    if not files:
        # A mistyped folder would otherwise empty the collection.
        raise LessonError(f"{folder} holds no Markdown file; nothing was changed")
    if rebuild:
        await _drop(index)
    await start(index)
    before = await complete_files(index)
    report = Report(removed=len(before.keys() - set(files)))
    await remove_others(index, files)
    # `disable=None`: a bar on a terminal, nothing in a log.
    for file in tqdm(files, desc=folder.name, unit="file", disable=None):
        try:
            lesson = read_lesson(folder, file)
        except LessonError as error:
            report.unreadable.append(str(error))
            tqdm.write(str(error), file=sys.stderr)
            continue
        if before.get(file) == lesson.digest:
            report.unchanged += 1
            continue
        await write_lesson(index, lesson)
        if not lesson.chunks and file not in before:
            # Nothing of it is kept, so nothing tells that it was read before.
            report.unchanged += 1
            continue
        report.written += 1
        report.chunks += len(lesson.chunks)
    return report


async def _drop(index: SearchIndex) -> None:
    """Delete the collection, if there is one and it is ours; raise WrongCollectionError if not."""

    async def drop(client: AsyncQdrantClient) -> None:
        if await client.collection_exists(index.collection):
            await maker(client, index.collection)
            await client.delete_collection(index.collection)

    await index.connection.run(drop)


async def _run(folder: Path, *, rebuild: bool) -> int:
    try:
        if not settings.qdrant_url and settings.qdrant_path == ":memory:":
            raise WrongSettingError("QDRANT_PATH is :memory:, which would end with this command")
        index = shared_index()
        report = await ingest(index, folder, rebuild=rebuild)
    except (LessonError, SearchError) as error:
        print(f"{folder}: {error}", file=sys.stderr)
        return 2
    finally:
        await close_shared_index()
    print(f"{folder}: {report}; embedder {index.embedder.name}")
    return 1 if report.unreadable else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m app.ingest",
        description="Make the search collection what a folder of Markdown files is.",
    )
    parser.add_argument("folder", type=Path, help="the folder; files that are gone are removed")
    parser.add_argument(
        "--rebuild", action="store_true", help="delete the collection first, as a new embedder asks"
    )
    asked = parser.parse_args(arguments)
    try:
        return asyncio.run(_run(asked.folder, rebuild=asked.rebuild))
    except KeyboardInterrupt:
        print("interrupted; the next run goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
