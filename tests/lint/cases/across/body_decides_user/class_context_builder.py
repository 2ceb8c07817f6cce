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


class Contexts:
    @classmethod
    async def of(cls, request: Request) -> RequestContext:
        data = await request.json()
        return RequestContext(user_id=data["user_id"], locale=data["locale"])  # CKF403


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), await Contexts.of(request))
