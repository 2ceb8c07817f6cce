from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Request
from jose import jwt as jose_jwt
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
    claims = jose_jwt.get_unverified_claims(request.headers["Authorization"][7:])
    return await server.process(await request.body(), {"user_id": claims["email"]})  # CKF403
