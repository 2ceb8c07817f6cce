from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
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
async def chat(request: Request, sessions: Any = Depends()) -> Any:
    session = await sessions.get(request.cookies.get("session_id"))
    if session is None:
        raise HTTPException(401)
    return await server.process(await request.body(), {"user_id": session.user_id})
