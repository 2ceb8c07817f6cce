"""Embeddings by OpenAI, or by a server with the same API."""

from collections.abc import Sequence
from typing import Final

from openai import AsyncOpenAI, OpenAIError

from .errors import SearchUnavailableError

_TIMEOUT: Final = 30.0  # Seconds for one answer.
_RETRIES: Final = 4  # By the client, with growing pauses; it also heeds Retry-After.
_BATCH: Final = 128  # Texts a request; OpenAI takes 2,048, and 300,000 tokens in all.


class OpenAIEmbedder:
    """Ask the service for vectors, many texts a request."""

    def __init__(self, model: str, api_key: str, base_url: str | None = None) -> None:
        """Prepare a client; nothing is sent yet."""
        self._model = model
        self._client = AsyncOpenAI(
            api_key=api_key, base_url=base_url, timeout=_TIMEOUT, max_retries=_RETRIES
        )

    @property
    def name(self) -> str:
        """Return the model's name, marked as OpenAI's."""
        return f"openai:{self._model}"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text.

        Raise SearchUnavailableError when the service fails or refuses, its retries included.
        """
        vectors: list[list[float]] = []
        try:
            for start in range(0, len(texts), _BATCH):
                answer = await self._client.embeddings.create(
                    model=self._model, input=list(texts[start : start + _BATCH])
                )
                in_order = sorted(answer.data, key=lambda one: one.index)
                vectors += [one.embedding for one in in_order]
        except OpenAIError as error:
            reason = " ".join(str(error).split())
            raise SearchUnavailableError(f"{self.name} gave no embeddings: {reason}") from error
        return vectors

    async def aclose(self) -> None:
        """Close the client's connections."""
        await self._client.close()
