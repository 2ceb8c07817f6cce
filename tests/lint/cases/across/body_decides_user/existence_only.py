import json
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, HTTPException
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


USERS: dict[str, Any] = {}


@app.post("/chatkit")
async def chat(payload: ChatBody) -> Any:
    if payload.user_id not in USERS:
        raise HTTPException(404)
    context = RequestContext(user_id=payload.user_id)  # CKF403
    return await server.process(json.dumps(payload.message), context)
