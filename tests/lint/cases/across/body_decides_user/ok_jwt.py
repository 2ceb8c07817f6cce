import os
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
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


SECRET = os.environ["JWT_SECRET"]


def user_of(authorization: Annotated[str, Header()]) -> str:
    token = authorization.removeprefix("Bearer ")
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience=header.get("aud"))
    return str(claims["sub"])


@app.post("/chatkit")
async def chat(request: Request, user: Annotated[str, Depends(user_of)]) -> Any:
    return await server.process(await request.body(), {"user_id": user})
