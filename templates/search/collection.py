"""The collection: made for one embedder, which it remembers, so that vectors never mix."""

from qdrant_client import AsyncQdrantClient
from qdrant_client.models import Distance, PayloadSchemaType, VectorParams

from .errors import WrongCollectionError

# Every field that a filter asks for. A server needs them indexed; embedded, Qdrant has no indexes.
_INDEXES = {
    "file": PayloadSchemaType.KEYWORD,
    "digest": PayloadSchemaType.KEYWORD,
    "number": PayloadSchemaType.INTEGER,
    "chapter": PayloadSchemaType.INTEGER,
    "lesson_keys": PayloadSchemaType.KEYWORD,
}


async def prepare(
    client: AsyncQdrantClient, collection: str, embedder: str, dimensions: int
) -> None:
    """Create the collection and its indexes where they are missing.

    Raise WrongCollectionError when there is one that another embedder has made.
    """
    if not await client.collection_exists(collection):
        await client.create_collection(
            collection,
            vectors_config=VectorParams(size=dimensions, distance=Distance.COSINE),
            metadata={"embedder": embedder, "dimensions": dimensions},
        )
    await check(client, collection, embedder, dimensions)
    if not client.init_options.get("path") and client.init_options.get("location") != ":memory:":
        for field, kind in _INDEXES.items():
            await client.create_payload_index(collection, field, kind, wait=True)


async def check(client: AsyncQdrantClient, collection: str, embedder: str, dimensions: int) -> None:
    """Raise WrongCollectionError unless this embedder made the collection."""
    if not await client.collection_exists(collection):
        raise WrongCollectionError(
            f"There is no collection {collection!r}: run `python -m app.ingest docs/` first"
        )
    made_by = await maker(client, collection)
    if made_by != (embedder, dimensions):
        raise WrongCollectionError(
            f"Collection {collection!r} was made by {made_by[0]} ({made_by[1]} dimensions), not by "
            f"{embedder} ({dimensions}): run `python -m app.ingest --rebuild docs/`, or set "
            "EMBEDDING_MODEL back"
        )


async def maker(client: AsyncQdrantClient, collection: str) -> tuple[str, int]:
    """Return the embedder's name and dimensions that the collection remembers.

    Raise WrongCollectionError when it remembers none: it is not ours to search or to delete.
    """
    remembered = (await client.get_collection(collection)).config.metadata or {}
    match remembered:
        case {"embedder": str(embedder), "dimensions": int(dimensions)}:
            return embedder, dimensions
        case _:
            raise WrongCollectionError(
                f"Collection {collection!r} was not made by app.ingest, or by a Qdrant server "
                "older than 1.16: choose another QDRANT_COLLECTION"
            )
