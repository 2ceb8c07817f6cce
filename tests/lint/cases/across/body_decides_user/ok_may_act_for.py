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


@app.post("/users/{user_id}/chatkit")
async def chat(user_id: str, request: Request) -> Any:
    if request.session.get("user_id") != user_id:
        raise HTTPException(403)
    return await server.process(await request.body(), {"user_id": user_id})
