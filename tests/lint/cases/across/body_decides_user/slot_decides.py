import json
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI
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


class Turn(BaseModel):
    author: str
    request: dict[str, Any]


@app.post("/chatkit")
async def chat(turn: Turn) -> Any:
    context = RequestContext(user_id=turn.author)  # CKF403
    return await server.process(json.dumps(turn.request), context)
