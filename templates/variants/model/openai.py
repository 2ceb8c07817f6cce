"""Which model answers: OpenAI's, or one behind an API like it; the demo model without a key."""

from agents import Model, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel
from openai import AsyncOpenAI

from ..config import settings
from .demo_model import DemoModel


def make_model() -> Model:
    """Return the model that answers, or the demo model when there is no key."""
    return _openai_model(settings.model) or DemoModel(word_delay=settings.demo_word_delay)


def make_title_model() -> Model | None:
    """Return the model that proposes titles, or None when none is set or there is no key."""
    return _openai_model(settings.title_model) if settings.title_model else None


def make_model_settings() -> ModelSettings:
    """Return how the model that answers is asked, the same for each request."""
    # Chat Completions count tokens only when asked to.
    return ModelSettings(include_usage=True)


def _openai_model(name: str) -> Model | None:
    if settings.openai_api_key is None:
        return None
    client = AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout=settings.provider_timeout,
        max_retries=settings.provider_retries,
    )
    # Most servers that copy OpenAI's API know Chat Completions only.
    if settings.openai_api == "chat_completions":
        return OpenAIChatCompletionsModel(name, client)
    return OpenAIResponsesModel(name, client)
