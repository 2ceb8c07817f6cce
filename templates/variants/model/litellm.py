"""Which model answers: any that LiteLLM knows; the demo model without a key."""

import os

from agents import Model, ModelSettings

from ..config import settings
from .demo_model import DemoModel


def make_model() -> Model:
    """Return the model that the settings ask for, or the demo model when there is no key for it."""
    # LiteLLM fetches a price list from GitHub when it is imported, unless it is told not to.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm  # noqa: PLC0415  after the line above, and it takes two seconds
    from agents.extensions.models.litellm_model import LitellmModel  # noqa: PLC0415  imports it too

    openai = settings.model.startswith("openai/")
    secret = settings.litellm_api_key or (settings.openai_api_key if openai else None)
    key = secret.get_secret_value() if secret else None
    base_url = settings.litellm_api_base or (settings.openai_base_url if openai else None)
    if key is None and base_url is None:
        # LiteLLM knows which variables a provider wants; for a local one it misses none.
        # LiteLLM types the answer as a bare dict.
        known = litellm.validate_environment(settings.model)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if known["missing_keys"]:
            return DemoModel(word_delay=settings.demo_word_delay)
    return LitellmModel(settings.model, base_url=base_url, api_key=key)


def make_model_settings() -> ModelSettings:
    """Return how the model is asked, the same for each request."""
    return ModelSettings(
        # Tokens are counted only when asked for.
        include_usage=True,
        extra_args={
            "timeout": settings.provider_timeout,
            "num_retries": settings.provider_retries,
        },
    )
