import hmac
import os
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


def signed_user(request: Request) -> str:
    user = request.headers["x-user-id"]
    mac = hmac.new(os.environ["KEY"].encode(), user.encode(), "sha256").hexdigest()
    if mac != request.headers.get("x-user-mac"):
        raise HTTPException(401)
    return user


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": signed_user(request)})
