from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, Form, Request
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


@app.post("/login")
async def login(request: Request, username: str = Form(), password: str = Form(), users: Any = Depends()) -> Any:
    user = await users.authenticate(username, password)
    request.session["user_id"] = user.id
    return {"user_id": user.id}


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": request.session["user_id"]})
