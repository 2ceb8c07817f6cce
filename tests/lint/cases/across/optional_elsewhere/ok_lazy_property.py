from abc import ABC
from typing import Any

from chatkit.store import Store


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._client: Any | None = None

    @property
    def client(self) -> Any:
        if self._client is None:
            self._client = object()
        return self._client

    async def count(self) -> int:
        return await self.client.count() + await self._client.count()
