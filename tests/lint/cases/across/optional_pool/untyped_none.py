from abc import ABC
from typing import Any

from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, url):
        self.url = url
        self.redis = None

    async def connect(self):
        from redis import asyncio as aioredis

        self.redis = aioredis.from_url(self.url)

    async def count(self) -> int:
        return await self.redis.hlen("threads")  # CKF111
