from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, Header, Request
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


class Caller:
    def __init__(self, x_user_id: str = Header(...)) -> None:  # CKF403
        self.user_id = x_user_id


@app.post("/chatkit")
async def chat(request: Request, caller: Caller = Depends()) -> Any:
    return await server.process(await request.body(), {"user_id": caller.user_id})
