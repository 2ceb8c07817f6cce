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
    user = websocket.query_params.get("user_id")  # CKF403
    while True:
        raw = await websocket.receive_text()
        await websocket.send_text(str(await server.process(raw, {"user_id": user})))
