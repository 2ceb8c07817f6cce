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


async def user_id(x_user_id: str = Header()) -> str:  # CKF403
    return x_user_id


async def context_of(user: str = Depends(user_id)) -> dict[str, Any]:
    return {"user_id": user}


@app.post("/chatkit")
async def chat(request: Request, context: dict[str, Any] = Depends(context_of)) -> Any:
    return await server.process(await request.body(), context)
