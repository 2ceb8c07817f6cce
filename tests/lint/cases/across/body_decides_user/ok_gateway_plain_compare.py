import os
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, HTTPException, Request
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


GATEWAY = os.environ["GATEWAY_SECRET"]


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    if request.headers.get("x-gateway-secret") != GATEWAY:
        raise HTTPException(401)
    return await server.process(await request.body(), {"user_id": request.headers["x-user-id"]})
