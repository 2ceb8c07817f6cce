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
    who: str
    user: str
    request: dict[str, Any]


@app.post("/chatkit")
async def chat(turn: Turn) -> Any:
    return await server.process(json.dumps(turn.request), {"user_id": turn.user})  # CKF403
