from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import Store
from fastapi import FastAPI

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, http: Any) -> None:
        self.http = http

    async def _owner(self, context: dict[str, Any]) -> str:
        answer = await self.http.get("/me", headers={"x-user-id": context["user_id"]})
        return answer.headers["x-user-id"]
