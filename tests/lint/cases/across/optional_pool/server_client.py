from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def __init__(self, store: Any, http: Any | None = None) -> None:
        super().__init__(store)
        self.http = http

    async def weather(self) -> str:
        return (await self.http.get("/weather")).text  # CKF111
