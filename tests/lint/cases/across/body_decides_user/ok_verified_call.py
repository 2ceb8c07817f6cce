import hashlib
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


def verify_signature(request: Request) -> None:
    if hashlib.sha256(request.headers["x-user-id"].encode() + b"secret").hexdigest() != request.headers["x-sig"]:
        raise HTTPException(401)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    verify_signature(request)
    return await server.process(await request.body(), {"user_id": request.headers["x-user-id"]})
