"""Which model answers: OpenAI's, or one behind an API like it; the demo model without a key."""

import logging

from agents import Model, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel
from openai import AsyncOpenAI
from typing_extensions import override

from ..config import settings
from .demo_model import DemoModel

logger = logging.getLogger(__name__)


class _Responses(OpenAIResponsesModel):
    """Close the client with the model: the SDK leaves one that it was given to others."""

    @override
    async def close(self) -> None:
        """Close the client's connections; the model cannot be asked any more."""
        await self._client.close()


class _ChatCompletions(OpenAIChatCompletionsModel):
    """Close the client with the model, as above."""

    @override
    async def close(self) -> None:
        """Close the client's connections; the model cannot be asked any more."""
        await self._client.close()


def make_model() -> Model:
    """Return the model that answers, or the demo model when there is no key."""
    model = _openai_model(settings.model)
    if model is None:
        logger.warning("OPENAI_API_KEY is not set: the demo model answers")
        return DemoModel(word_delay=settings.demo_word_delay)
    return model


def make_title_model() -> Model | None:
    """Return the model that proposes titles, or None when none is set or there is no key."""
    return _openai_model(settings.title_model) if settings.title_model else None


def make_model_settings() -> ModelSettings:
    """Return how the model that answers is asked, the same for each request."""
    # Chat Completions count tokens only when asked to.
    return ModelSettings(include_usage=True)


def _openai_model(name: str) -> Model | None:
    # A variable that is set to nothing is as good as none: Compose files pass those on.
    if not settings.openai_api_key:
        return None
    client = AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url or None,
        timeout=settings.provider_timeout,
        max_retries=settings.provider_retries,
    )
    # Most servers that copy OpenAI's API know Chat Completions only.
    if settings.openai_api == "chat_completions":
        return _ChatCompletions(name, client)
    return _Responses(name, client)
