from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel

app = FastAPI()
router = APIRouter()
server: ChatKitServer[Any] = ChatKitServer(None)


@dataclass
class RequestContext:
    user_id: str
    locale: str = "en"


class ChatBody(BaseModel):
    user_id: str
    message: dict[str, Any]
    locale: str = "en"


class Endpoint:
    def __init__(self, server: ChatKitServer[Any]) -> None:
        self.server = server

    def _user(self, request: Request) -> str:
        user = request.headers.get("X-User")  # CKF403
        return user or "anonymous"

    async def __call__(self, request: Request) -> Any:
        context = {"user_id": self._user(request)}
        return await self.server.process(await request.body(), context)
