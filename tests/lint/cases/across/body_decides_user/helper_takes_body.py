import json
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Request
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


def context_of(data: dict[str, Any]) -> RequestContext:
    return RequestContext(user_id=data["user"])  # CKF403


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    raw = await request.body()
    return await server.process(raw, context_of(json.loads(raw)))
