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


@app.websocket("/chatkit")
async def chat(websocket: Any) -> None:
    await websocket.accept()
    message = await websocket.receive_json()
    await server.process(json.dumps(message), {"user_id": message["user_id"]})  # CKF403
