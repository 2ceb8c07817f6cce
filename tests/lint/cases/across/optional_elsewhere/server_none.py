from abc import ABC
from typing import Any

import asyncpg
from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.search: Any | None = None

    async def startup(self) -> None:
        self.search = await asyncpg.connect("x")

    async def find(self, text: str) -> Any:
        return await self.search.fetch("SELECT 1", text)  # CKF111
