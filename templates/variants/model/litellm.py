"""Which model answers: any that LiteLLM knows; the demo model without a key."""

import logging
import os
from typing import cast

from agents import Model, ModelSettings
from openai import AsyncOpenAI
from typing_extensions import override

from ..config import settings
from .demo_model import DemoModel

logger = logging.getLogger(__name__)


def make_model() -> Model:
    """Return the model that answers, or the demo model when there is no key for it."""
    model = _litellm_model(settings.model)
    if model is None:
        logger.warning("there is no key for %s: the demo model answers", settings.model)
        return DemoModel(word_delay=settings.demo_word_delay)
    return model


def make_title_model() -> Model | None:
    """Return the model that proposes titles, or None when none is set or there is no key for it."""
    return _litellm_model(settings.title_model) if settings.title_model else None


def make_model_settings() -> ModelSettings:
    """Return how the model that answers is asked, the same for each request."""
    return ModelSettings(
        # Tokens are counted only when asked for.
        include_usage=True,
        extra_args={
            "timeout": settings.provider_timeout,
            "num_retries": settings.provider_retries,
        },
    )


def _litellm_model(name: str) -> Model | None:
    # LiteLLM fetches a price list from GitHub when it is imported, unless it is told not to.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm  # noqa: PLC0415  after the line above, and it takes two seconds
    from agents.extensions.models.litellm_model import LitellmModel  # noqa: PLC0415  imports it too

    # Its own transport takes an answer that broke off for a whole one.
    litellm.disable_aiohttp_transport = True
    # It prints an invitation to report bugs with each error.
    litellm.suppress_debug_info = True

    openai = name.startswith("openai/")
    secret = settings.litellm_api_key or (settings.openai_api_key if openai else None)
    # A variable that is set to nothing is as good as none: Compose files pass those on.
    key = secret.get_secret_value() if secret else None
    base_url = settings.litellm_api_base or (settings.openai_base_url if openai else None) or None
    if key is None and base_url is None:
        if openai:
            return None
        # LiteLLM knows which variables a provider wants. Not all of them are keys: a local model
        # has a default address, and a cloud's machines have an identity of their own.
        # pyright knows no more of the answer than that it is a dict.
        known = litellm.validate_environment(name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        wanted = cast(list[str], known["missing_keys"])
        if any(variable.endswith("API_KEY") for variable in wanted):
            return None

    class Closing(LitellmModel):
        """Close with the model what LiteLLM keeps for all of them."""

        @override
        async def close(self) -> None:
            """Close the clients of this process; a later request opens new ones."""
            # pyright takes what a package does not name in `__all__` for its own.
            await litellm.close_litellm_async_clients()  # pyright: ignore[reportPrivateImportUsage]
            kept = litellm.in_memory_llm_clients_cache
            # It leaves out OpenAI's. Only so has the dictionary that it keeps them in a type.
            clients: dict[str, object] = vars(kept)["cache_dict"]
            for client in clients.values():
                if isinstance(client, AsyncOpenAI):
                    await client.close()
            kept.flush_cache()

    return Closing(name, base_url=base_url, api_key=key)
