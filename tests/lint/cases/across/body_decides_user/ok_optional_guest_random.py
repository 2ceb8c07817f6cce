import secrets
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




@app.post("/chatkit")
async def chat(request: Request) -> Any:
    guest = request.session.setdefault("guest", secrets.token_hex(16))
    return await server.process(await request.body(), {"user_id": guest, "name": request.query_params.get("name")})
