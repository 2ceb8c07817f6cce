import os
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Request
from itsdangerous import URLSafeTimedSerializer
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



signer = URLSafeTimedSerializer(os.environ["KEY"])


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    data = signer.loads(request.cookies["session"], max_age=3600)
    return await server.process(await request.body(), {"user_id": data["user_id"]})
