"""From a text to the vector that it is found by."""

from collections.abc import Sequence
from typing import Protocol

from ..config import settings
from .errors import WrongSettingError
from .lexical import LexicalEmbedder
from .openai_embedder import OpenAIEmbedder


class Embedder(Protocol):
    """Turn texts into vectors that can be compared by their angle."""

    @property
    def name(self) -> str:
        """Return what the collection remembers: vectors of different names do not compare."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, all of one length, in the order of the texts.

        Raise SearchUnavailableError when a service that is asked for them does not answer.
        """
        ...

    async def aclose(self) -> None:
        """Give back what the embedder holds."""
        ...


def make_embedder() -> Embedder:
    """Return OpenAI's embedder when a model is set, else the local one, which compares words.

    Raise WrongSettingError when a model is set without a key.
    """
    if not settings.embedding_model:
        return LexicalEmbedder()
    if settings.openai_api_key is None or not settings.openai_api_key.get_secret_value():
        raise WrongSettingError("EMBEDDING_MODEL is set, but OPENAI_API_KEY is not")
    return OpenAIEmbedder(
        settings.embedding_model,
        settings.openai_api_key.get_secret_value(),
        settings.openai_base_url or None,
    )
