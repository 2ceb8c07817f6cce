"""Writing lessons into the collection, so that a kill at any moment leaves nothing wrong.

The first chunk of a file is written last: a file whose first chunk is there, with the digest that
the file has now, is complete. Everything else is written again by the next run, under the same
ids, which are made of the file, the chunk's number and its content.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from qdrant_client import AsyncQdrantClient
from qdrant_client.conversions.common_types import PointId
from qdrant_client.models import (
    FieldCondition,
    Filter,
    FilterSelector,
    MatchAny,
    MatchValue,
    PointStruct,
)

from .collection import prepare
from .index import SearchIndex
from .lessons import Lesson
from .passages import Passage

_NAMESPACE: Final = UUID("6a3f9f0e-52c5-4d0e-9c7b-0f3f7a0f5b61")
_BATCH: Final = 64  # Points a request: about a megabyte with the vectors of OpenAI's models.
_PAGE: Final = 1000


async def start(index: SearchIndex) -> None:
    """Create the collection, or make sure that this embedder made it; raise SearchError if not."""
    (vector,) = await index.embedder.embed(["dimensions"])
    await index.connection.run(
        lambda client: prepare(client, index.collection, index.embedder.name, len(vector))
    )


async def complete_files(index: SearchIndex) -> dict[str, str]:
    """Return the digest of every file that was written to its end."""

    async def read(client: AsyncQdrantClient) -> dict[str, str]:
        found: dict[str, str] = {}
        offset: PointId | None = None
        first_chunks = Filter(must=[_is("number", 0)])
        while True:
            page, offset = await client.scroll(
                index.collection, first_chunks, _PAGE, offset=offset, with_payload=True
            )
            for point in page:
                passage = Passage.model_validate(point.payload)
                found[passage.file] = passage.digest
            if offset is None:
                return found

    return await index.connection.run(read)


async def write_lesson(index: SearchIndex, lesson: Lesson) -> None:
    """Write the lesson's chunks and remove those of the file's other versions."""
    passages = lesson.passages()
    for start_at in range(1, len(passages), _BATCH):
        await _upsert(index, passages[start_at : start_at + _BATCH])
    old = Filter(must=[_is("file", lesson.file)], must_not=[_is("digest", lesson.digest)])
    await _delete(index, old)
    if passages:
        await _upsert(index, passages[:1])


async def remove_others(index: SearchIndex, files: Sequence[str]) -> None:
    """Remove the points of every file that is not in `files`."""
    kept = FieldCondition(key="file", match=MatchAny(any=list(files)))
    await _delete(index, Filter(must_not=[kept]))


async def _upsert(index: SearchIndex, passages: Sequence[Passage]) -> None:
    vectors = await index.embedder.embed([passage.embedded_text() for passage in passages])
    points = [
        PointStruct(id=_id(passage), vector=vector, payload=passage.model_dump(mode="json"))
        for passage, vector in zip(passages, vectors, strict=True)
    ]
    await index.connection.run(lambda client: client.upsert(index.collection, points, wait=True))


async def _delete(index: SearchIndex, where: Filter) -> None:
    selected = FilterSelector(filter=where)
    await index.connection.run(lambda client: client.delete(index.collection, selected, wait=True))


def _id(passage: Passage) -> str:
    return str(uuid5(_NAMESPACE, f"{passage.file}\0{passage.number}\0{passage.text}"))


def _is(key: str, value: str | int) -> FieldCondition:
    return FieldCondition(key=key, match=MatchValue(value=value))
