from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
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


async def current_user(x_user_id: str | None = Header(default=None)) -> str:  # CKF403
    if x_user_id is None:
        raise HTTPException(401)
    return x_user_id


@app.post("/chatkit")
async def chat(request: Request, user_id: str = Depends(current_user)) -> Any:
    return await server.process(await request.body(), {"user_id": user_id})
