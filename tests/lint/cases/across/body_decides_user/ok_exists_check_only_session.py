import json
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


@app.post("/chatkit")
async def chat(payload: ChatBody, request: Request) -> Any:
    user = request.user
    context = RequestContext(user_id=user.identity, locale=payload.locale)
    return await server.process(json.dumps(payload.message), context)
