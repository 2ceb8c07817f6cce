"""How often one user may ask: `limits` counts, in this process or in Redis."""

import logging
import math
import time
from collections.abc import Sequence
from typing import Final, cast

from limits import RateLimitItem, parse_many
from limits.aio.storage import MovingWindowSupport, RedisStorage, Storage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from redis.asyncio import Redis

from ..config import settings
from .errors import Refusal

logger = logging.getLogger(__name__)

# Seconds. The limit is no reason to keep anybody waiting.
_REDIS_TIMEOUT: Final = 1.0
_ASYNC: Final = "async+"


class RateLimits:
    """Count the requests of each user."""

    def __init__(self) -> None:
        """Prepare the counting; raises ValueError for limits or a storage that do not parse."""
        self._storage = _storage(settings.rate_limit_storage.get_secret_value())
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._costly = _limits("RATE_LIMIT", settings.rate_limit)
        self._cheap = _limits("READ_RATE_LIMIT", settings.read_rate_limit)
        # {% if session %}
        self._newcomers = _limits("ADDRESS_RATE_LIMIT", settings.address_rate_limit)
        # {% endif %}

    async def aclose(self) -> None:
        """Close the connections to Redis, where the counts are there."""
        if isinstance(self._storage, RedisStorage):
            # The library has no way to close a storage, and no types for what is inside.
            bridge = cast("RedispyBridge", self._storage.bridge)
            await cast("Redis", bridge.get_connection()).aclose()

    async def count(self, key: str, *, costly: bool) -> None:
        """Count a request of this user; raises Refusal with how long to wait.

        `costly` requests set the model to work; the others are counted apart.
        """
        if costly:
            await self._count(self._costly, "costly", key, "requests")
        else:
            await self._count(self._cheap, "cheap", key, "requests")

    # {% if session %}
    async def count_newcomer(self, address: str) -> None:
        """Count a visitor nobody knows yet; raises Refusal with how long to wait.

        A new visitor has limits of their own: whoever could become many of them would have none.
        """
        await self._count(self._newcomers, "newcomers", address, "new visitors from your network")

    # {% endif %}
    async def _count(
        self, limits: Sequence[RateLimitItem], name: str, key: str, counted: str
    ) -> None:
        try:
            for limit in limits:
                if not await self._limiter.hit(limit, name, key):
                    reset, _ = await self._limiter.get_window_stats(limit, name, key)
                    seconds = max(1, math.ceil(reset - time.time()))
                    message = f"Too many {counted}. Try again in {seconds} seconds."
                    raise Refusal(429, "rate_limited", message, {"Retry-After": str(seconds)})
        except StorageError:
            # Without its counter the assistant still answers: the limit guards costs, not data.
            logger.warning("the rate limit is not counted: its storage does not answer")


def _storage(uri: str) -> Storage:
    """Return where the counts are kept; raises ValueError for what cannot count here."""
    # Without the prefix the library has a blocking form of the same: never what is meant here.
    uri = uri if uri.startswith(_ASYNC) else _ASYNC + uri
    options: dict[str, float | str | bool] = {}
    if "redis" in uri.partition("://")[0]:
        options = {
            "implementation": "redispy",
            "socket_timeout": _REDIS_TIMEOUT,
            "socket_connect_timeout": _REDIS_TIMEOUT,
        }
    try:
        storage = storage_from_string(uri, wrap_exceptions=True, **options)
    except (ConfigurationError, ValueError):
        storage = None
    if isinstance(storage, Storage) and isinstance(storage, MovingWindowSupport):
        return storage
    # The library's own text would show the URL, with its password.
    raise ValueError('RATE_LIMIT_STORAGE does not work here; "redis://host:6379" is one that does')


def _limits(name: str, text: str) -> list[RateLimitItem]:
    """Return the limits that a setting names, like "30/minute; 500/day"; raises ValueError."""
    try:
        return parse_many(text)
    except ValueError:
        raise ValueError(f'{name}: {text!r} is no limit; "30/minute" is one') from None
