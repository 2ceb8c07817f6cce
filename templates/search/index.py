"""The lessons' index of this process: the embedder and the collection behind the search tool."""

import asyncio
import logging
from collections.abc import Sequence
from functools import cache

from qdrant_client import AsyncQdrantClient
from qdrant_client.http.models import QueryResponse

from ..config import settings
from .collection import check
from .connection import Connection
from .embedding import Embedder, make_embedder
from .lexical import LexicalEmbedder
from .passages import Passage
from .ranking import Boosts, Place, SearchScope, merged, request, within

_logger = logging.getLogger(__name__)


class SearchIndex:
    """Find passages; one object a process, because embedded Qdrant allows one client a folder."""

    def __init__(
        self, connection: Connection, embedder: Embedder, collection: str, boosts: Boosts
    ) -> None:
        """Remember the parts; nothing is opened before the first search."""
        self.connection = connection
        self.embedder = embedder
        self.collection = collection
        self._boosts = boosts

    async def find(
        self, queries: Sequence[str], scope: SearchScope, place: Place, limit: int
    ) -> list[Passage]:
        """Return the passages that fit any of the queries best, each once, best first.

        Raise UnknownPlaceError when the place does not say what the scope asks for, another
        SearchError when the search is not possible.
        """
        only = within(scope, place)
        vectors = await self.embedder.embed(queries)
        requests = [request(vector, only, place, self._boosts, limit) for vector in vectors]

        async def ask(client: AsyncQdrantClient) -> list[QueryResponse]:
            await check(client, self.collection, self.embedder.name, len(vectors[0]))
            return await client.query_batch_points(self.collection, requests=requests)

        return merged(await self.connection.run(ask), limit)

    async def aclose(self) -> None:
        """Close the client and the embedder; the index can be used again afterwards."""
        await asyncio.gather(self.connection.aclose(), self.embedder.aclose())


@cache
def shared_index() -> SearchIndex:
    """Return the index of this process, as the settings say; raise WrongSettingError for bad ones.

    Nothing is opened before the first search. Whoever runs the process closes it at the end, with
    `close_shared_index`.
    """
    embedder = make_embedder()
    if isinstance(embedder, LexicalEmbedder):
        _logger.warning(
            "Searching by words, not by meaning: EMBEDDING_MODEL is not set (embedder: %s)",
            embedder.name,
        )
    connection = Connection(
        path=settings.qdrant_path,
        url=settings.qdrant_url or None,
        api_key=settings.qdrant_api_key,
    )
    boosts = Boosts(settings.chapter_boost, settings.lesson_boost)
    return SearchIndex(connection, embedder, settings.qdrant_collection, boosts)


async def close_shared_index() -> None:
    """Close the index of this process, if it was ever asked for; a later search makes a new one."""
    if shared_index.cache_info().currsize:
        index = shared_index()
        shared_index.cache_clear()
        await index.aclose()
